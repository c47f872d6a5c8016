/** Each target of the bench does what the comparison says of it: a target that lets anyone in would be fast. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { installed } from '../../bench/installed.js'
import { schemas, tablesOf } from '../../bench/prisma/make.js'
import { answer, type Target, type TargetDatabase } from '../../bench/target.js'
import { loadTarget, type ServedTarget, seeded, served, sqlOn, tokens } from '../helpers/bench-target.js'
import { root } from '../helpers/built-package.js'
import { connect } from '../helpers/keys.js'
import { recordEvents } from '../helpers/recorded-events.js'
import { until } from '../helpers/until.js'

interface Promised {
  readonly counts: boolean
  /** Where its keys are; none where they are in memory alone. */
  readonly table?: 'api_keys' | 'apikey'
  readonly open?: boolean
  /** Whether the bench has to wait for its work. */
  readonly putsOff?: boolean
}

const counting: Promised = { counts: true, table: 'api_keys' }

const promised: Readonly<Record<string, Promised>> = {
  bare: { counts: false, open: true },
  limit: { counts: false },
  'keystile-sqlite': counting,
  'keystile-postgresql': counting,
  'keystile-sqlite-uncached': counting,
  'keystile-postgresql-uncached': counting,
  'prisma-sqlite': counting,
  'prisma-postgresql': counting,
  'prisma-sqlite-unawaited': { ...counting, putsOff: true },
  'prisma-postgresql-unawaited': { ...counting, putsOff: true },
  'bcrypt-postgresql': counting,
  'better-auth-postgresql': { counts: false, table: 'apikey' },
  'better-auth-postgresql-limited': { counts: true, table: 'apikey' },
  'better-auth-postgresql-fastest': { counts: false },
  'passport-postgresql': { counts: false, table: 'api_keys' },
  pg: counting
}

beforeAll(async () => {
  process.env['NODE_ENV'] = 'production'
  await installed()
}, 300_000)

test('each target is a file of its own, and each file is held to its promises here', () => {
  const files = readdirSync(`${root}/bench/targets`).filter((name) => name.endsWith('.ts'))
  expect(files.map((name) => name.replace('.ts', '')).sort()).toEqual(Object.keys(promised).sort())
})

test('the tables in SQL are those of the schemas', { timeout: 120_000 }, async () => {
  for (const schema of schemas) {
    expect(readFileSync(`${root}/bench/prisma/${schema.name}.sql`, 'utf8')).toBe(await tablesOf(schema))
  }
})

test('the answer is 100 bytes', () => {
  expect(JSON.stringify(answer)).toHaveLength(100)
})

/** Keys that no longer get in: switched off, expired, and of an inactive owner where the target has those. */
async function spoil(database: TargetDatabase, table: 'api_keys' | 'apikey', keys: readonly string[]): Promise<void> {
  const past = `'2026-01-01T00:00:00.000+00:00'`
  const changes = {
    api_keys: [
      (at: string) => `UPDATE api_keys SET is_active = false ${at}`,
      (at: string) => `UPDATE api_keys SET expires_at = ${past} ${at}`,
      (at: string) => `UPDATE users SET is_active = false WHERE id = (SELECT user_id FROM api_keys ${at})`
    ],
    apikey: [
      (at: string) => `UPDATE apikey SET enabled = false ${at}`,
      (at: string) => `UPDATE apikey SET "expiresAt" = ${past} ${at}`
    ]
  }
  const hashed = (token: string) => createHash('sha256').update(token).digest('base64url')
  for (const [index, change] of changes[table].entries()) {
    const token = keys[index] ?? ''
    const at = table === 'apikey' ? `key = '${hashed(token)}'` : `key_prefix = '${token.slice(0, 11)}...'`
    await sqlOn(database, change(`WHERE ${at}`))
  }
}

const bearer = (token: string | undefined) => `Bearer ${token}`

const statuses = async (app: ServedTarget, authorizations: readonly (string | undefined)[]) => [
  ...new Set((await app.ask(authorizations)).map(({ status }) => status))
]

/** Serves, and has opened its database: on a busy machine the first request may take longer than keystile's two seconds. */
async function ready(target: Target, database: TargetDatabase): Promise<ServedTarget> {
  const app = await served(target, database)
  const stranger = bearer(tokens(1)[0])
  await until(async () => !(await statuses(app, [stranger])).includes(503))
  return app
}

describe.each(Object.entries(promised))('%s', (name, { counts, table, open = false, putsOff = false }) => {
  const title = 'lets good keys in and nobody else, and has counted each request when it is closed'
  test(title, { timeout: 120_000 }, async () => {
    const target = await loadTarget(name)
    expect(target.putsOff ?? false).toBe(putsOff)
    const database = await seeded(target, { rows: 200, tokens: tokens(22) })
    // Better Auth's plugin looks at no owner.
    const spoilt = database.tokens.slice(table === 'apikey' ? 20 : 19)
    if (table !== undefined) {
      expect((await sqlOn(database, `SELECT count(*) AS rows FROM ${table}`)).map(({ rows }) => Number(rows))).toEqual([
        200
      ])
      await spoil(database, table, spoilt)
    }
    const app = await ready(target, database)
    const strangers = [...tokens(20), ...(table === undefined ? [] : spoilt), 'x'].map(bearer)
    expect(await statuses(app, [...strangers, undefined, ...strangers])).toEqual([open ? 200 : 401])
    // Half of them on one key, twenty at once: an update that read the count first would lose some.
    const used = Array.from({ length: 80 }, (_, i) => (i % 2 === 0 ? 0 : i % 19))
    const answers = await app.ask(used.map((key) => bearer(database.tokens[key])))
    expect(answers).toEqual(used.map(() => ({ status: 200, body: JSON.stringify(answer) })))
    await app.close()
    const made = database.tokens.map((_, key) => used.filter((each) => each === key).length)
    expect(await target.counts?.(database)).toEqual(counts ? made : undefined)
  })
})

/** Without its triggers keystile would remember nothing: the target would be a slow one, and nobody the wiser. */
test.each(['keystile-sqlite', 'keystile-postgresql'])('the seed of %s leaves its triggers in order', async (name) => {
  const events = recordEvents()
  const target = await loadTarget(name)
  const database = await seeded(target, { rows: 2, tokens: tokens(1) })
  const app = await ready(target, database)
  // The feed looks at them when it connects, which the first request makes it do.
  const end = Date.now() + 1_000
  while (Date.now() < end) expect(await statuses(app, [bearer(database.tokens[0])])).toEqual([200])
  await app.close()
  expect(events.filter(({ name }) => name === 'keystile:feed' || name === 'keystile:warning')).toEqual([])
})

test('an update that is not awaited lets its request go on, and is written before the target is closed', async () => {
  const target = await loadTarget('prisma-postgresql-unawaited')
  const database = await seeded(target, { rows: 1, tokens: tokens(1) })
  const app = await served(target, database)
  const other = await connect(database.url)
  await other.sql('BEGIN')
  await other.sql('SELECT id FROM api_keys FOR UPDATE')
  expect(await statuses(app, [bearer(database.tokens[0])])).toEqual([200])
  const closed = app.close()
  await sleep(200)
  await other.sql('COMMIT')
  await closed
  await other.close()
  expect(await target.counts?.(database)).toEqual([1])
})
