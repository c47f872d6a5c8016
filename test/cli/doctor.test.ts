/** What keystile doctor says of databases that are well, and of those that are not; that it leaves all as it was. */
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createApiKeys } from 'keystile'
import { describe, expect, inject, test } from 'vitest'
import { startPostgres } from '../../scripts/postgres-server.js'
import { answeringProxy } from '../helpers/answering-proxy.js'
import { databases, freshPostgres, freshSqlite } from '../helpers/databases.js'
import { insertOwner, issueKeys, migrated } from '../helpers/key-ring.js'
import { migrate } from '../helpers/migrate.js'
import { hasPgBouncer, pooled } from '../helpers/pgbouncer.js'
import { freePort } from '../helpers/programs.js'
import { ask, openSql } from '../helpers/sql.js'
import { until } from '../helpers/until.js'
import { doctor } from './run-doctor.js'
import { freshFolder, keystile } from './run-keystile.js'

const [sqlite, postgres] = databases as [(typeof databases)[number], (typeof databases)[number]]
const place = async (url: string, env: Record<string, string> = {}) => ({
  cwd: await freshFolder(),
  env: { DATABASE_URL: url, ...env }
})
const tables = (url: string) =>
  ask(
    url,
    url.startsWith('file:')
      ? 'SELECT name, sql FROM sqlite_master ORDER BY name'
      : 'SELECT relname, tgname, tgenabled FROM pg_class LEFT JOIN pg_trigger ON tgrelid = pg_class.oid ' +
          "WHERE relnamespace = 'public'::regnamespace ORDER BY 1, 2"
  )

const every = [
  ...['node', 'express', 'prisma', 'settings', 'database', 'fallback', 'file_mode', 'migrations', 'server', 'clock'],
  ...['cache', 'triggers', 'feed', 'keys_without_expiry', 'keys_unused', 'keys_all_scopes', 'keys_inactive_owner'],
  ...['keys_ended', 'keys_bcrypt', 'keys_hmac', 'trust_proxy']
]

describe.each(databases)('on $name', ({ provider, fresh }) => {
  const ofPostgres = provider === 'sqlite' ? 'skipped' : 'ok'

  test('a database that is well is told so, with how fast it answers and how soon a change is heard', async () => {
    const url = await migrated({ name: 'SQLite', provider, fresh })
    const run = await doctor(await place(url))
    expect(run.code).toBe(0)
    expect([...run.checks.keys()]).toEqual(every)
    expect(run.ids('fail')).toEqual([])
    for (const id of ['database', 'migrations', 'triggers', 'feed', 'cache']) expect(run.check(id).status).toBe('ok')
    for (const id of ['server', 'clock']) expect(run.check(id).status).toBe(ofPostgres)
    expect(run.check('database').details).toMatchObject({ provider, answersInMs: expect.any(Number) })
    expect(run.check('feed').details['latencyMs']).toBeLessThan(500)
    for (const check of run.checks.values())
      expect(Object.keys(check)).toEqual(['id', 'status', 'message', 'remedy', 'details'])
  })

  test('a missing trigger is named, with what to run, and stays missing', async () => {
    const url = await migrated({ name: 'SQLite', provider, fresh })
    await ask(url, `DROP TRIGGER keystile_key_inserted${provider === 'sqlite' ? '' : ' ON api_keys'}`)
    const before = await tables(url)
    const run = await doctor(await place(url))
    expect([run.code, run.ids('fail')]).toEqual([1, ['triggers']])
    expect(run.check('triggers').message).toContain('keystile_key_inserted on api_keys is missing')
    expect(run.check('triggers').remedy).toBe('Run: npx keystile migrate')
    expect(run.check('feed').status).toBe('skipped')
    expect(await tables(url)).toEqual(before)
  })

  test('keys that somebody should look at are counted, and five of them named, without hash or token', async () => {
    const url = await migrated({ name: 'SQLite', provider, fresh })
    const sql = await openSql(url)
    const owner = await insertOwner(sql)
    const issued = await issueKeys(sql, owner, 7)
    await sql.query('UPDATE api_keys SET scopes = ? WHERE id = ?', '["a","*"]', issued[0]?.id ?? '')
    const [row] = await sql.query('SELECT key_hash, key_prefix FROM api_keys WHERE id = ?', issued[0]?.id ?? '')
    await sql.close()
    const run = await doctor(await place(url), ['--unused', '30d'])
    expect(run.code).toBe(0)
    expect(run.check('keys_without_expiry')).toMatchObject({ status: 'warn', message: '7 keys never expire.' })
    const { examples } = run.check('keys_unused').details as { examples: { id: string; ownerId: string }[] }
    expect(examples.map(({ id }) => id)).toEqual(
      issued
        .map(({ id }) => id)
        .sort()
        .slice(0, 5)
    )
    expect(examples[0]).toMatchObject({ name: 'a key', ownerId: owner })
    expect(run.check('keys_all_scopes')).toMatchObject({ status: 'warn', details: { count: 1 } })
    expect(run.check('keys_inactive_owner').status).toBe('ok')
    for (const secret of [row?.['key_hash'], row?.['key_prefix'], issued[0]?.token])
      expect(run.text).not.toContain(secret)
    expect((await doctor(await place(url), ['--unused', '5000d'])).check('keys_unused').status).toBe('ok')
  })

  test('a database of a newer keystile that this one can not read is no case for migrate', async () => {
    const url = await migrated({ name: 'SQLite', provider, fresh })
    await ask(url, 'UPDATE keystile_schema SET version = 99, min_reader = 99')
    const { code, ...run } = await doctor(await place(url))
    expect([code, run.ids('fail')]).toEqual([1, ['migrations']])
    expect(run.check('migrations')).toMatchObject({ remedy: 'Run: npm i keystile@latest' })
    await ask(url, 'UPDATE keystile_schema SET min_reader = 1')
    expect((await doctor(await place(url))).check('migrations')).toMatchObject({ status: 'warn' })
  })

  test('tables of the same name and another shape are no case for migrate either', async () => {
    const url = await fresh()
    await ask(url, 'CREATE TABLE users (id integer, login text)')
    const run = await doctor(await place(url))
    expect([run.code, run.ids('fail')]).toEqual([1, ['migrations']])
    expect(run.check('migrations').message).toMatch(/it has no table|lacks/)
    expect(run.check('migrations').remedy).toContain('of its own')
  })
})

describe('an SQLite file', () => {
  test('that is not there is not made', async () => {
    const cwd = await freshFolder()
    const run = await doctor({ cwd })
    expect([run.code, run.ids('fail')]).toEqual([1, ['database']])
    expect(run.check('database').message).toMatch(/There is no database yet/)
    expect(run.check('database').remedy).toMatch(/npx keystile migrate/)
    expect(readdirSync(cwd)).toEqual([])
  })

  test('that is empty is not migrated', async () => {
    const url = await freshSqlite()
    writeFileSync(url.slice('file:'.length), '')
    const run = await doctor(await place(url))
    expect([run.code, run.check('migrations').status]).toEqual([0, 'warn'])
    expect(run.check('keys_unused').status).toBe('skipped')
    expect(await tables(url)).toEqual([])
  })

  test('that is no database is told so', async () => {
    const url = await freshSqlite()
    writeFileSync(
      url.slice('file:'.length),
      'this is a text, and long enough to be read as a header of a file'.repeat(9)
    )
    const run = await doctor(await place(url))
    expect([run.code, run.check('database').message]).toEqual([1, expect.stringMatching(/not an SQLite database/)])
  })

  test('that others may read is warned of, with the command that ends it', async () => {
    const url = await migrated(sqlite)
    const path = url.slice('file:'.length)
    expect((await doctor(await place(url))).check('file_mode').status).toBe('ok')
    chmodSync(path, 0o644)
    const { remedy } = (await doctor(await place(url))).check('file_mode')
    expect(remedy).toContain(`chmod 600 '${path}'`)
  })

  test('of the default is warned of in production', async () => {
    const cwd = await freshFolder()
    await migrate(`file:${join(cwd, 'keystile.db')}`)
    expect((await doctor({ cwd })).check('fallback').status).toBe('ok')
    expect((await doctor({ cwd, env: { NODE_ENV: 'production' } })).check('fallback')).toMatchObject({ status: 'warn' })
  })
})

describe('PostgreSQL', () => {
  test('that is not migrated stays so', async () => {
    const url = await freshPostgres()
    const run = await doctor(await place(url))
    expect([run.code, run.ids('fail')]).toEqual([1, ['migrations']])
    expect(run.check('migrations').remedy).toBe('Run: npx keystile migrate')
    expect(await tables(url)).toEqual([])
  })

  test('with a disabled trigger is told which', async () => {
    const url = await migrated(postgres)
    await ask(url, 'ALTER TABLE api_keys DISABLE TRIGGER keystile_key_changed')
    const run = await doctor(await place(url))
    expect(run.check('triggers').message).toContain('keystile_key_changed on api_keys is disabled')
  })

  test.each([
    ['that nobody serves', async () => ({ port: String(await freePort()) }), /can't be reached \(ECONNREFUSED\)/],
    ['with a wrong password', async () => ({ password: 'pass-that-nobody-sees' }), /refused the login/],
    ['that does not exist', async () => ({ pathname: '/missing' }), /no such database/]
  ])('%s is told, without the password', async (_, change, message) => {
    const url = Object.assign(new URL(inject('postgresUrl')), { password: 'pass-that-nobody-sees' }, await change())
    if (message.source.includes('no such')) url.password = 'postgres'
    const run = await doctor(await place(url.href))
    expect([run.code, run.ids('fail')]).toEqual([1, ['database']])
    expect(run.check('database').message).toMatch(message)
    expect([...run.checks.keys()]).toEqual(every)
    expect(run.text).not.toMatch(/pass-that-nobody-sees|postgres:postgres/)
  })

  test.each([
    [3_000, 'warn', 0, 'ahead of'],
    [-90_000, 'fail', 1, 'behind']
  ])('whose clock differs by %i ms: %s', async (ms, status, code, words) => {
    const env = {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`const now=Date.now;Date.now=()=>now()+${ms}`)}`
    }
    const run = await doctor(await place(await migrated(postgres), env))
    expect([run.code, run.check('clock').status]).toEqual([code, status])
    expect(run.check('clock').message).toContain(words)
    expect(Math.abs(Number(run.check('clock').details['aheadMs']) - ms)).toBeLessThan(2_000)
  })

  test('behind a proxy that keeps notifications back is told to be a pooler', async () => {
    const proxy = await answeringProxy(await migrated(postgres))
    // A notification alone in a packet, as it comes where nothing was asked.
    proxy.state.answer = (part) => (part[0] === 'A'.charCodeAt(0) ? Buffer.alloc(0) : part)
    const run = await doctor(await place(proxy.url))
    expect([run.code, run.ids('fail')]).toEqual([1, ['feed']])
    expect(run.check('feed')).toMatchObject({ details: { code: 'wrong_database', pooler: true } })
    expect(run.check('feed').remedy).toContain('PostgreSQL itself')
  })

  test.runIf(hasPgBouncer)('behind PgBouncer in transaction mode is told so', async () => {
    const url = await migrated(postgres)
    const run = await doctor(await place(await pooled(url, 'transaction')))
    expect(run.check('feed')).toMatchObject({ status: 'fail', details: { pooler: true } })
    expect((await doctor(await place(await pooled(url, 'session')))).check('feed').status).toBe('ok')
  })

  test('that is a standby is told so, and that takes no writes', async () => {
    const server = await startPostgres()
    try {
      await migrate(server.url)
      const [row] = await ask(server.url, 'SHOW data_directory')
      const signal = join(String(row?.['data_directory']), 'standby.signal')
      await ask(server.url, 'ALTER DATABASE postgres SET default_transaction_read_only = on')
      const readOnly = await doctor(await place(server.url))
      expect([readOnly.code, readOnly.check('server').status]).toEqual([1, 'fail'])
      expect(readOnly.check('server').details).toEqual({ standby: false })
      await server.kill()
      writeFileSync(signal, '')
      // It waits for words that a standby does not say.
      server.start().catch(() => {})
      await until(() =>
        ask(server.url, 'SELECT 1').then(
          () => true,
          () => false
        )
      )
      const run = await doctor(await place(server.url))
      expect(run.check('server')).toMatchObject({ status: 'fail', details: { standby: true } })
      expect(run.check('feed')).toMatchObject({ status: 'fail', details: { code: 'not_primary' } })
      expect(run.check('keys_unused').status).toBe('ok')
      if (existsSync(signal)) await rm(signal)
    } finally {
      await server.stop()
    }
  })
})

test('warnings fail with --strict, and people get lines with what to do', async () => {
  const url = await migrated(sqlite)
  const keys = createApiKeys({ url })
  const { owner } = await keys.ensureOwner({ email: 'ada@example.com' })
  for (let i = 0; i < 7; i++)
    await keys.create({ ownerId: owner.id, name: i === 0 ? 'bad\u001b[31m' : 'x' }).catch(() => {})
  await keys.close()
  const at = await place(url)
  const { code, stdout, stderr } = await keystile(at, ['doctor'])
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^warn {2}keys_without_expiry: 6 keys never expire\.$/m)
  expect(stdout).toMatch(/^ +and 1 more\n +-> Give them an end: npx keystile update/m)
  expect(stdout).toMatch(/^\d+ ok, 2 warnings, 0 failed, \d skipped\n$/m)
  const strict = await keystile(at, ['doctor', '--strict'])
  expect([strict.code, strict.stderr]).toEqual([1, 'keystile: 2 checks failed or warned.\n'])
})
