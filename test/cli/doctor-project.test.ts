/** What keystile doctor says of a project: its settings, its own Prisma client, what is installed, its Express app. */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createClient } from '@libsql/client'
import { createApiKeys } from 'keystile'
import { beforeEach, describe, expect, test } from 'vitest'
import { linkedProject, writeFiles } from '../helpers/built-package.js'
import { databases, freshPostgres } from '../helpers/databases.js'
import { migrated } from '../helpers/key-ring.js'
import { freePort } from '../helpers/programs.js'
import { ask } from '../helpers/sql.js'
import { doctor } from './run-doctor.js'
import { keystile, root } from './run-keystile.js'

const [sqlite, postgres] = databases as [(typeof databases)[number], (typeof databases)[number]]

/** A config with a Prisma client of the app's own, over keystile's models. */
function ownClient(provider: string, url: string, options = ''): string {
  const generated = pathToFileURL(join(root, `dist/generated/${provider}/client.js`)).href
  const [module, adapter] =
    provider === 'sqlite'
      ? ['@prisma/adapter-libsql', `PrismaLibSql({ url: ${JSON.stringify(url)} })`]
      : ['@prisma/adapter-pg', `PrismaPg({ connectionString: ${JSON.stringify(url)} })`]
  return `import { ${adapter.slice(0, adapter.indexOf('('))} } from '${module}'
import { PrismaClient } from '${generated}'
import { createApiKeys } from 'keystile'
const prisma = new PrismaClient({ adapter: new ${adapter} })
export default createApiKeys({ prisma, ${options} })\n`
}

/** As a migration is applied. */
async function runScript(url: string, script: string): Promise<void> {
  if (url.startsWith('file:')) {
    const client = createClient({ url })
    await client.executeMultiple(script)
    return client.close()
  }
  await ask(url, script)
}

let cwd: string
beforeEach(() => {
  cwd = linkedProject(['@prisma/adapter-libsql', '@prisma/adapter-pg', '@prisma/client', 'prisma'])
})
const config = (text: string) => writeFiles(cwd, { 'keystile.config.mjs': text })

describe.each(databases)('a project with a $provider client of its own', ({ provider, fresh }) => {
  test('that is well is told so, and what is left to do for keys to be remembered', async () => {
    const url = await migrated({ name: 'SQLite', provider, fresh })
    config(ownClient(provider, url))
    const run = await doctor({ cwd })
    expect([run.code, run.ids('fail')]).toEqual([0, []])
    expect(run.check('database').message).toContain('your own Prisma client')
    expect(run.check('migrations').message).toBe('The database has what the Prisma schema says.')
    expect(run.check('cache')).toMatchObject({ status: 'warn', remedy: expect.stringContaining('feedUrl') })
    expect([run.check('triggers').status, run.check('feed').status]).toEqual(['skipped', 'skipped'])
    config(ownClient(provider, url, `feedUrl: ${JSON.stringify(url)}`))
    const remembering = await doctor({ cwd })
    for (const id of ['cache', 'triggers', 'feed', 'prisma']) expect(remembering.check(id).status).toBe('ok')
  })

  test('whose database lacks a column, or a table, is told which', async () => {
    const url = await migrated({ name: 'SQLite', provider, fresh })
    await ask(url, 'ALTER TABLE api_key_flushes DROP COLUMN flushed_at', 'DROP TABLE api_key_events')
    config(ownClient(provider, url))
    const run = await doctor({ cwd })
    expect([run.code, run.ids('fail')]).toEqual([1, ['migrations']])
    expect(run.check('migrations').message).toMatch(/flushed_at of the table .*"api_key_flushes"/)
    expect(run.check('migrations').message).toMatch(/the table .*"api_key_events" \(model ApiKeyEvent\)/)
    expect(run.check('migrations').remedy).toContain('npx prisma migrate deploy')
  })

  test('that selects a column of owners which is not watched is mended by the commands of the remedy', async () => {
    const url = await migrated({ name: 'SQLite', provider, fresh })
    config(ownClient(provider, url, `feedUrl: ${JSON.stringify(url)}, ownerSelect: { createdAt: true }`))
    writeFiles(cwd, {
      'schema.prisma': readFileSync(join(root, `prisma/${provider}/schema.prisma`), 'utf8'),
      'migrations/1_keys/migration.sql': 'CREATE TABLE "api_keys" ();\n',
      'migrations/2_triggers/migration.sql': ''
    })
    const lacking = await doctor({ cwd })
    expect(lacking.check('triggers')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('does not watch created_at'),
      remedy: expect.stringContaining('npx keystile triggers --append')
    })
    expect(await keystile({ cwd }, ['triggers', '--append'])).toMatchObject({ code: 0 })
    await runScript(url, readFileSync(join(cwd, 'migrations/2_triggers/migration.sql'), 'utf8'))
    const mended = await doctor({ cwd })
    expect([mended.check('triggers').status, mended.check('feed').status]).toEqual(['ok', 'ok'])
  })

  test('without the triggers is told how they get into its migrations', async () => {
    const url = await migrated({ name: 'SQLite', provider, fresh })
    await ask(url, `DROP TRIGGER keystile_owner_deleted${provider === 'sqlite' ? '' : ' ON users'}`).catch(() =>
      ask(url, 'DROP TRIGGER keystile_owner_changed ON users')
    )
    config(ownClient(provider, url, `feedUrl: ${JSON.stringify(url)}`))
    const run = await doctor({ cwd })
    expect([run.code, run.ids('fail')]).toEqual([1, ['triggers']])
    expect(run.check('triggers').remedy).toContain('npx keystile triggers --append')
  })
})

test('a feed that is on another database than the client is told from a pooler', async () => {
  const [url, other] = [await migrated(postgres), await migrated(postgres)]
  config(ownClient('postgresql', url, `feedUrl: ${JSON.stringify(other)}`))
  const run = await doctor({ cwd })
  expect([run.code, run.ids('fail')]).toEqual([1, ['feed']])
  expect(run.check('feed')).toMatchObject({ details: { code: 'wrong_database', pooler: false } })
})

test.each([
  ['feedUrl', "feedUrl: 'file:./none.db'", {}],
  ['DATABASE_URL', '', { DATABASE_URL: 'file:./none.db' }]
])('a file that only %s names is missed, and not made', async (namedBy, options, env) => {
  config(ownClient('sqlite', 'file:./none.db', options))
  const run = await doctor({ cwd, env })
  expect([run.code, run.ids('fail')]).toEqual([1, ['database']])
  expect(run.check('database').message).toContain(`none.db, which ${namedBy} names`)
  expect(run.check('database').remedy).toContain(namedBy)
  expect(readdirSync(cwd)).not.toContain('none.db')
})

test('a feedUrl that can not be reached is named, where the client can be', async () => {
  const feedUrl = `postgresql://ada:nobody-sees-this@127.0.0.1:${await freePort()}/app`
  config(ownClient('postgresql', await migrated(postgres), `feedUrl: ${JSON.stringify(feedUrl)}`))
  const run = await doctor({ cwd })
  expect([run.code, run.ids('fail')]).toEqual([1, ['triggers']])
  expect(run.check('triggers').message).toMatch(/^feedUrl: /)
  expect(run.check('triggers').remedy).toContain('feedUrl')
  expect(run.text).not.toContain('nobody-sees-this')
})

test('a client whose server is gone is told without its password', async () => {
  const url = `postgresql://ada:nobody-sees-this@127.0.0.1:${await freePort()}/app`
  config(ownClient('postgresql', url))
  const run = await doctor({ cwd })
  expect([run.code, run.ids('fail')]).toEqual([1, ['database']])
  expect(run.text).not.toContain('nobody-sees-this')
})

describe('settings that can not be read', () => {
  test('are a finding, and what needs no settings is looked at all the same', async () => {
    const models = '{ _activeProvider: "sqlite", _runtimeDataModel: { models: {} } }'
    config(`import { createApiKeys } from 'keystile'\nexport default createApiKeys({ prisma: ${models} })\n`)
    const run = await doctor({ cwd })
    expect([run.code, run.ids('fail')]).toEqual([1, ['settings']])
    expect(run.check('settings').message).toMatch(/has no model ApiKey/)
    expect(run.check('settings').remedy).toMatch(/npx keystile init/)
    expect(run.check('node').status).toBe('ok')
  })

  test('that name an owner whom the schema has not are told which models there are', async () => {
    const url = await migrated(sqlite)
    config(ownClient('sqlite', url, "models: { owner: 'Usr' }"))
    const { message, remedy } = (await doctor({ cwd })).check('settings')
    expect(message).toMatch(/no model Usr, which models\.owner names.*did you mean "User"\? It has .*ApiKey/)
    expect(`${message} ${remedy}`).not.toContain('keystile init')
  })

  test('of a DATABASE_URL are told without its password', async () => {
    const run = await doctor({ cwd, env: { DATABASE_URL: 'mysql://root:nobody-sees-this@localhost/app' } })
    expect([run.code, run.ids('fail')]).toEqual([1, ['settings']])
    expect(run.text).not.toContain('nobody-sees-this')
  })
})

describe('what is installed', () => {
  const install = (name: string, version: string) => {
    rmSync(join(cwd, 'node_modules', name), { recursive: true, force: true })
    writeFiles(cwd, { [`node_modules/${name}/package.json`]: JSON.stringify({ name, version }) })
  }

  test.each([
    ['express', '4.20.0', 'fail'],
    ['express', '4.21.0', 'ok'],
    ['express', '6.0.0', 'fail']
  ])('%s %s: %s', async (name, version, status) => {
    install(name, version)
    expect((await doctor({ cwd })).check('express')).toMatchObject({ status, details: { version } })
  })

  test.each([
    ['8.0.0', '8.0.0', 'fail'],
    ['6.19.0', '7.10.0', 'fail'],
    ['7.10.0', '7.9.0', 'warn'],
    ['7.10.0', '7.10.1', 'ok']
  ])('@prisma/client %s and prisma %s, with a client of the own: %s', async (client, cli, status) => {
    config(ownClient('sqlite', await migrated(sqlite)))
    install('@prisma/client', client)
    install('prisma', cli)
    expect((await doctor({ cwd })).check('prisma')).toMatchObject({ status, details: { client, cli } })
  })

  test('of two versions the newer is what the remedy names, with its minor', async () => {
    install('@prisma/client', '7.9.2')
    install('prisma', '7.10.1')
    expect((await doctor({ cwd })).check('prisma').remedy).toMatch(/@prisma\/client@~7\.10 .* prisma@~7\.10, /)
  })

  test('another Prisma than 7 is no fault where keystile has a database of its own', async () => {
    install('prisma', '6.19.0')
    expect((await doctor({ cwd })).check('prisma').status).toBe('warn')
  })
})

describe('the trust proxy of the app', () => {
  const app = (setting: string, more = '') =>
    `import express from 'express'\nimport { apiKeyAuth } from 'keystile'\nconst app = express()\n${setting}\napp.use(apiKeyAuth())\n${more}\nexport default app\n`
  const trustProxy = async (text: string, file = 'app.mjs') => {
    writeFiles(cwd, { [file]: text })
    const url = await migrated(sqlite)
    return (await doctor({ cwd, env: { DATABASE_URL: url } }, ['--app', file])).check('trust_proxy')
  }

  test('is warned of where it is true', async () => {
    expect(await trustProxy(app("app.set('trust proxy', true)"))).toMatchObject({ status: 'warn' })
  })

  test('fails where it is true and keys are limited to addresses', async () => {
    writeFiles(cwd, { 'app.mjs': app("app.set('trust proxy', true)") })
    const url = await migrated(sqlite)
    const keys = createApiKeys({ url })
    const { owner } = await keys.ensureOwner({ email: 'ada@example.com' })
    await keys.create({ ownerId: owner.id, name: 'x', allowedIps: ['192.0.2.1'] })
    await keys.close()
    const run = await doctor({ cwd, env: { DATABASE_URL: url } }, ['--app', 'app.mjs'])
    expect([run.code, run.ids('fail')]).toEqual([1, ['trust_proxy']])
    expect(run.check('trust_proxy').details).toEqual({ trustProxy: true, keysWithAllowedIps: 1 })
  })

  test.each([
    ['', false],
    ["app.set('trust proxy', 1)", 1],
    ["app.set('trust proxy', 'loopback, 10.0.0.0/8')", 'loopback, 10.0.0.0/8']
  ])('%s is well', async (setting, trustProxy_) => {
    expect(await trustProxy(app(setting))).toMatchObject({ status: 'ok', details: { trustProxy: trustProxy_ } })
  })

  test('is seen of an app that listens, in TypeScript, by its name or in CommonJS; no port is opened', async () => {
    const port = await freePort()
    const ts = app(
      "app.set('trust proxy', true as boolean)",
      `app.listen(${port}, () => { throw new Error('it listens') })`
    )
    expect(await trustProxy(ts.replace('export default app', 'export { app }'), 'app.ts')).toMatchObject({
      status: 'warn'
    })
    const cjs = "const app = require('express')()\napp.set('trust proxy', true)\nmodule.exports = { app }\n"
    expect(await trustProxy(cjs, 'app.cjs')).toMatchObject({ status: 'warn' })
  })

  test.each([
    ['export default {}', /exports no Express app/],
    ["throw new Error('no settings')", /could not be loaded: no settings/],
    ['process.exit(3)', /could not be loaded: it ends its process \(3\)/]
  ])('%s is a finding', async (text, message) => {
    expect(await trustProxy(text)).toMatchObject({ status: 'fail', message: expect.stringMatching(message) })
  })
})

test.each([
  [['--app', 'nowhere.js'], /--app: there is no file/],
  [['--unused', 'long'], /Give a duration such as 90d/],
  [['--unused', '0'], /Give a duration such as 90d/],
  [['--config', 'nowhere.ts'], /--config: there is no file/]
])('doctor %j is a wrong command line', async (args, message) => {
  const { code, stdout, stderr } = await keystile({ cwd, env: { DATABASE_URL: await freshPostgres() } }, [
    'doctor',
    ...args
  ])
  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message) })
})
