/** Triggers that were never made, or are made no more: nothing is remembered, an event says why, and no revocation waits. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { afterwards, insertOwner, issueKeys, keyRing, migrated } from '../helpers/key-ring.js'
import { recordEvents } from '../helpers/recorded-events.js'
import { rounds } from '../helpers/rounds.js'
import { openSql, type Sql } from '../helpers/sql.js'
import { until } from '../helpers/until.js'
import { userClient } from '../helpers/user-client.js'

const maxAgeMs = rounds(500, 5_000)

/** As `prisma db push` leaves a database: all tables, and no trigger. */
async function withoutTriggers(sql: Sql, provider: string): Promise<void> {
  const names =
    provider === 'sqlite'
      ? "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
      : 'SELECT tgname AS name, tgrelid::regclass::text AS tbl_name FROM pg_trigger WHERE NOT tgisinternal'
  for (const { name, tbl_name: table } of await sql.query(names)) {
    await sql.query(`DROP TRIGGER ${String(name)}${provider === 'sqlite' ? '' : ` ON ${String(table)}`}`)
  }
}

describe.each(databases)('on $name', (database) => {
  const { provider } = database

  test('never made: no cache from the start', { timeout: 30_000 }, async () => {
    const url = await migrated(database)
    const sql = await openSql(url)
    await withoutTriggers(sql, provider)
    const client = userClient(url)
    const events = recordEvents()
    const keys = createApiKeys({ prisma: client, feedUrl: url, deadlineMs: 20_000 })
    afterwards(() => sql.close())
    afterwards(() => client.$disconnect())
    afterwards(() => keys.close({ timeoutMs: 500 }))
    const [key] = await issueKeys(sql, await insertOwner(sql), 1)
    const isIn = () =>
      keys.verify(key?.token ?? '').then(
        () => true,
        () => false
      )
    const endAt = performance.now() + rounds(700, 3_000)
    while (performance.now() < endAt) {
      expect(await isIn()).toBe(true)
      expect(keys.health().cache).toBe('lost')
      await sleep(10)
    }
    const told = events.flatMap(({ name, payload }) => (name === 'keystile:feed' ? [payload] : []))
    expect(told).toMatchObject([{ state: 'lost', code: 'triggers_missing' }])
    expect((told[0] as { message: string }).message).toContain('npx keystile triggers')
    await sql.query('UPDATE api_keys SET is_active = FALSE')
    expect(await isIn()).toBe(false)
  })

  test('disabled or dropped under traffic: no accept later than maxAgeMs', { timeout: 30_000 }, async () => {
    const { keys, sql, issue } = await keyRing(database, { cache: { maxAgeMs } })
    const [key] = await issue(1)
    const isIn = () =>
      keys.verify(key?.token ?? '').then(
        () => true,
        () => false
      )
    await until(async () => (await isIn()) && keys.health().cache === 'fresh')
    if (provider === 'sqlite') await withoutTriggers(sql, provider)
    else await sql.query('ALTER TABLE api_keys DISABLE TRIGGER ALL')
    await sql.query('UPDATE api_keys SET is_active = FALSE')
    const committedAt = performance.now()
    let last = committedAt
    while (performance.now() - committedAt < maxAgeMs + 800) {
      const askedAt = performance.now()
      if (await isIn()) last = askedAt
    }
    expect(last - committedAt).toBeLessThan(maxAgeMs)
  })
})

test('SQLite: a table that is made anew, as Prisma does, is noticed at once', { timeout: 30_000 }, async () => {
  const sqlite = databases[0]
  if (sqlite?.provider !== 'sqlite') throw new Error('no SQLite')
  const { keys, sql, issue } = await keyRing(sqlite)
  const [key] = await issue(1)
  const isIn = () =>
    keys.verify(key?.token ?? '').then(
      () => true,
      () => false
    )
  await until(async () => (await isIn()) && keys.health().cache === 'fresh')
  const [table] = await sql.query("SELECT sql FROM sqlite_master WHERE name = 'api_keys'")
  await sql.query('PRAGMA foreign_keys = OFF')
  await sql.query(String(table?.['sql']).replace('"api_keys"', '"new_api_keys"'))
  await sql.query('INSERT INTO new_api_keys SELECT * FROM api_keys')
  await sql.query('DROP TABLE api_keys')
  await sql.query('ALTER TABLE new_api_keys RENAME TO api_keys')
  const madeAt = performance.now()
  await until(async () => (await isIn()) && keys.health().cacheReason === 'triggers_missing')
  expect(performance.now() - madeAt).toBeLessThan(2_000)
  await sql.query('UPDATE api_keys SET is_active = FALSE')
  expect(await isIn()).toBe(false)
})
