/** A feed on SQLite: other processes, a log with holes, triggers that are gone, and a file that is another. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import Database from 'libsql'
import { describe, expect, test } from 'vitest'
import { triggersSql } from '../../src/change-feed/triggers.js'
import { ownTables } from '../../src/change-feed/watched.js'
import { freshKeys } from '../helpers/keys.js'
import { projectRoot } from '../helpers/prisma-migrate.js'
import { hear, listening, openFeed, proveThrough, sqlite, waking } from './feeds.js'

const pathOf = (url: string) => url.slice('file:'.length)

/** A script on a connection that is gone afterwards. */
function script(url: string, text: string): void {
  const db = new Database(pathOf(url), { timeout: 2_000 })
  db.exec(text)
  db.close()
}

/** As Prisma changes a table: made anew, without its triggers. */
const redefineUsers = `PRAGMA foreign_keys=OFF;
BEGIN IMMEDIATE;
CREATE TABLE "new_users" ("id" TEXT NOT NULL PRIMARY KEY, "email" TEXT NOT NULL, "name" TEXT, "team" TEXT,
  "is_active" BOOLEAN NOT NULL DEFAULT true, "created_at" DATETIME, "updated_at" DATETIME);
INSERT INTO new_users (id, email, name, is_active, created_at, updated_at)
  SELECT id, email, name, false, created_at, updated_at FROM users;
DROP TABLE users;
ALTER TABLE new_users RENAME TO users;`

describe('changes', () => {
  test('by another process are told', async () => {
    const { url, keyId, toldOf } = await listening(sqlite)
    const program = `import Database from 'libsql'
      const db = new Database(process.argv[1], { timeout: 2000 })
      db.exec("UPDATE api_keys SET is_active = false")`
    const told = await toldOf(async () => {
      execFileSync(process.execPath, ['--input-type=module', '--eval', program, pathOf(url)], { cwd: projectRoot })
    })
    expect(told).toEqual([`k:${keyId}`])
  })

  test('come within a tenth of a second or two', async () => {
    const { sql, keyId, heard, feed } = await listening(sqlite)
    heard.log.length = 0
    await sql('UPDATE api_keys SET is_active = false')
    const changedAt = performance.now()
    await waking(feed, () => heard.log.includes(`k:${keyId}`))
    expect(performance.now() - changedAt).toBeLessThan(400)
  })

  test('the log is kept short, and a feed that is far behind hears that everything changed', async () => {
    const { sql, heard, feed, toldOf, keyId } = await listening(sqlite)
    await sql(
      `INSERT INTO keystile_changes (payload) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10500)
        SELECT 'k:' || i FROM n`
    )
    await waking(feed, () => heard.log.includes('*'))
    const [row] = await sql('SELECT count(*) AS n FROM keystile_changes')
    expect(Number(row?.['n'])).toBe(10_000)
    expect(heard.log.filter((entry) => entry !== 'barrier')).toEqual(['*'])
    expect(await toldOf(() => sql('UPDATE api_keys SET is_active = false'))).toEqual([`k:${keyId}`])
  })

  test('what is committed while the log is read is told with the next barrier', async () => {
    const { url, sql, ownerId, keyId, heard, toldOf } = await listening(sqlite)
    const other = new Database(pathOf(url), { timeout: 2_000 })
    const { keyChanged } = heard
    heard.keyChanged = (id) => {
      other.exec('UPDATE users SET is_active = false')
      heard.keyChanged = keyChanged
      keyChanged(id)
    }
    const told = await toldOf(() => sql('UPDATE api_keys SET is_active = false'))
    expect([...told, ...(await toldOf(async () => {}))]).toEqual([`k:${keyId}`, `o:${ownerId}`])
    other.close()
  })

  test('a log of thousands is told in order', async () => {
    const { sql, toldOf } = await listening(sqlite)
    const told = await toldOf(() =>
      sql(
        `INSERT INTO keystile_changes (payload) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3500)
          SELECT 'k:' || i FROM n`
      )
    )
    expect(told).toEqual(Array.from({ length: 3_500 }, (_, index) => `k:${index + 1}`))
  })

  test.each([
    ['a hole', "UPDATE api_keys SET name = 'b'; DELETE FROM keystile_changes; UPDATE api_keys SET name = 'c'"],
    ['an end that is gone', "UPDATE api_keys SET name = 'b'; DELETE FROM keystile_changes"],
    [
      'an earlier end',
      "DELETE FROM keystile_changes; UPDATE sqlite_sequence SET seq = 0 WHERE name = 'keystile_changes'"
    ]
  ])('a log with %s is told as everything', async (_, text) => {
    const { url, sql, keyId, toldOf } = await listening(sqlite)
    expect(await toldOf(async () => script(url, `BEGIN IMMEDIATE; ${text}; COMMIT`))).toEqual(['*'])
    expect(await toldOf(() => sql("UPDATE api_keys SET name = 'd'"))).toEqual([`k:${keyId}`])
  })

  test('rows of the log that nobody can read are everything, and break nothing', async () => {
    const { sql, heard, toldOf } = await listening(sqlite)
    const told = await toldOf(() =>
      sql(
        `INSERT INTO keystile_changes (payload) WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
          SELECT CASE i % 5 WHEN 0 THEN '' WHEN 1 THEN 'k:' WHEN 2 THEN x'00ff' WHEN 3 THEN 17 ELSE 'n:other' END FROM n`
      )
    )
    expect(told).toEqual(Array.from({ length: 800 }, () => '*'))
    expect(heard.failures).toEqual([])
  })
})

describe('the triggers', () => {
  test.each([
    ['a table that was made anew', `${redefineUsers} COMMIT`, /keystile_owner_updated on users is missing/],
    ['a dropped trigger', 'DROP TRIGGER keystile_key_deleted', /keystile_key_deleted on api_keys is missing/],
    ['a dropped log', 'DROP TABLE keystile_changes', /keystile_changes_pruned on keystile_changes is missing/],
    [
      'a trigger of another kind',
      'DROP TRIGGER keystile_key_deleted; CREATE TRIGGER keystile_key_deleted AFTER DELETE ON api_keys BEGIN SELECT 1; END',
      /keystile_key_deleted on api_keys is not as keystile makes it/
    ]
  ])('%s is noticed with the next barrier', async (_, text, message) => {
    const { url, heard, feed } = await listening(sqlite)
    script(url, text)
    const changedAt = performance.now()
    await waking(feed, () => heard.failures.length > 0)
    expect(heard.barriers.filter(({ monotonicMs }) => monotonicMs > changedAt)).toEqual([])
    expect(heard.failures[0]).toMatchObject({ code: 'triggers_missing', message: expect.stringMatching(message) })
    const barriers = heard.barriers.length
    script(url, `${triggersSql('sqlite', ownTables).split('DROP TRIGGER IF EXISTS "keystile_changes_pruned"')[0]}`)
    if (text.includes('keystile_changes')) return
    await waking(feed, () => heard.barriers.length > barriers)
    expect(heard.log.slice(-2)).toEqual(['*', 'barrier'])
  })

  test('that were never made are missing', async () => {
    const { url, sql } = await freshKeys(sqlite)
    for (const { name } of await sql("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
      await sql(`DROP TRIGGER ${name}`)
    const heard = hear()
    await waking(openFeed({ url, listener: heard, prove: proveThrough(sql, 'sqlite') }), () => heard.log.length > 0)
    expect(heard.log).toEqual(['triggers_missing'])
  })

  test('that were away for a transaction, and are back, missed what it changed', async () => {
    const { url, heard, toldOf } = await listening(sqlite)
    const told = await toldOf(async () => script(url, `${redefineUsers} ${triggersSql('sqlite', ownTables)} COMMIT`))
    expect(told).toContain('*')
    expect(heard.failures).toEqual([])
  })

  test('may watch more columns, and not fewer', async () => {
    const { url, sql } = await freshKeys(sqlite)
    const wanted = { ...ownTables, ownerColumns: [...ownTables.ownerColumns, 'created_at'] }
    const prove = proveThrough(sql, 'sqlite')
    const heard = hear()
    const feed = openFeed({ url, listener: heard, prove, tables: wanted })
    await waking(feed, () => heard.log.length > 0)
    expect(heard.failures[0]?.message).toContain('keystile_owner_updated on users does not watch created_at.')
    script(url, triggersSql('sqlite', wanted))
    await waking(feed, () => heard.log.includes('barrier'))
    const other = hear()
    await waking(openFeed({ url, listener: other, prove }), () => other.log.includes('barrier'))
  })
})

describe('the file', () => {
  test.each([
    ['replaced', (path: string) => renameSync(`${path}.copy`, path)],
    ['deleted', (path: string) => rmSync(path)]
  ])('that is %s is noticed', async (_, change) => {
    const { url, heard, feed } = await listening(sqlite)
    const path = pathOf(url)
    script(url, 'PRAGMA wal_checkpoint(TRUNCATE)')
    copyFileSync(path, `${path}.copy`)
    change(path)
    const changedAt = performance.now()
    await waking(feed, () => heard.failures.length > 0)
    expect(heard.failures[0]?.code).toBe('unreachable')
    expect(heard.barriers.filter(({ monotonicMs }) => monotonicMs > changedAt)).toEqual([])
  })

  test('that is not there is not made', async () => {
    const url = await sqlite.fresh()
    const heard = hear()
    await waking(openFeed({ url, listener: heard }), () => heard.log.length > 0)
    expect(heard.log).toEqual(['unreachable'])
    expect(() => rmSync(pathOf(url))).toThrow('ENOENT')
  })

  test('that is no database is unreachable', async () => {
    const url = await sqlite.fresh()
    writeFileSync(pathOf(url), 'something else, and longer than that '.repeat(100))
    const heard = hear()
    await waking(openFeed({ url, listener: heard }), () => heard.log.length > 0)
    expect(heard.log).toEqual(['unreachable'])
  })

  test('that is not in WAL mode is not trusted', async () => {
    const url = await sqlite.fresh()
    script(url, 'CREATE TABLE t (x)')
    const heard = hear()
    await waking(openFeed({ url, listener: heard }), () => heard.log.length > 0)
    expect(heard.log).toEqual(['not_wal'])
  })

  test('in which another one writes for a while can be read all the time', async () => {
    const { url, sql, heard, feed, keyId, toldOf } = await listening(sqlite)
    const lock = new Database(pathOf(url), { timeout: 2_000 })
    lock.exec('BEGIN IMMEDIATE')
    const endAt = performance.now() + 400
    await waking(feed, () => performance.now() > endAt)
    expect(heard.barriers.length).toBeGreaterThan(3)
    lock.exec('ROLLBACK')
    lock.close()
    expect(heard.failures).toEqual([])
    expect(await toldOf(() => sql('UPDATE api_keys SET is_active = false'))).toEqual([`k:${keyId}`])
  })
})

test('a proof that is written into another file fails', async () => {
  const [elsewhere, { url }] = [await freshKeys(sqlite), await freshKeys(sqlite)]
  const heard = hear()
  await waking(
    openFeed({ url, listener: heard, prove: proveThrough(elsewhere.sql, 'sqlite') }),
    () => heard.log.length > 0
  )
  expect(heard.log).toEqual(['wrong_database'])
})
