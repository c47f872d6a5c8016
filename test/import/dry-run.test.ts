/** What is not to be written makes no database, and migrates none. */
import { existsSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createApiKeys } from 'keystile'
import { expect, test } from 'vitest'
import { freshPostgres, freshSqlite, type TestDatabase } from '../helpers/databases.js'
import { afterwards, migrated } from '../helpers/key-ring.js'
import { oldKey } from '../helpers/old-keys.js'
import { ask } from '../helpers/sql.js'

const sqlite: TestDatabase = { name: 'SQLite', provider: 'sqlite', fresh: freshSqlite }
const pathOf = (url: string) => fileURLToPath(new URL(url))

function keysOn(url: string) {
  const keys = createApiKeys({ url })
  afterwards(() => keys.close())
  return keys
}

test('where there is no SQLite file, rows are judged as for a new one, and none is made', async () => {
  const url = await freshSqlite()
  const keys = keysOn(url)
  const rows = [oldKey('ada').row, { ...oldKey('bob').row, email: 'b@example.com' }]
  const unknown = await keys.import(rows, { dryRun: true })
  expect(unknown.problems).toEqual([
    { row: 1, reason: 'there is no owner with the id ada' },
    { row: 2, reason: 'there is no owner with the id bob' }
  ])
  const dry = await keys.import(rows, { dryRun: true, createOwners: true })
  expect(dry).toMatchObject({ imported: 2, ownersCreated: 2, problems: [] })
  const alike = [rows[1] as object, { ...oldKey('eve').row, email: 'b@example.com' }]
  expect((await keys.import(alike, { dryRun: true, createOwners: true })).problems).toMatchObject([{ row: 2 }])
  await expect(keys.import([{ ...rows[0], scopes: '["a b"]' }])).rejects.toMatchObject({ field: 'rows' })
  expect(readdirSync(dirname(pathOf(url)))).toEqual([])
  expect(existsSync(':memory:')).toBe(false)
  expect(await keys.import(rows, { createOwners: true })).toEqual({ ...dry, dryRun: false })
})

test('in an SQLite file with no table of keystile, none is made', async () => {
  const url = await freshSqlite()
  await ask(url, 'CREATE TABLE theirs (x)')
  const dry = await keysOn(url).import([oldKey('ada').row], { dryRun: true, createOwners: true })
  expect(dry).toMatchObject({ imported: 1 })
  expect(await ask(url, 'SELECT name FROM sqlite_master')).toEqual([{ name: 'theirs' }])
})

test('a database that an earlier version made stays as it is, and what to run is said', async () => {
  const url = await migrated(sqlite)
  await ask(url, 'DELETE FROM _prisma_migrations', 'UPDATE keystile_schema SET version = 1')
  const refused = keysOn(url).import([oldKey('ada').row], { dryRun: true })
  await expect(refused).rejects.toMatchObject({
    code: 'not_migrated',
    message: expect.stringContaining('Run: npx keystile migrate')
  })
  expect(await ask(url, 'SELECT version FROM keystile_schema')).toEqual([{ version: 1 }])
})

test('a trigger that is missing is not made, and what is there counts', async () => {
  const url = await migrated(sqlite)
  const { row } = oldKey('ada')
  const keys = keysOn(url)
  await keys.import([row], { createOwners: true })
  await keys.close()
  await ask(url, 'DROP TRIGGER keystile_key_inserted')
  const dry = await keysOn(url).import([row, oldKey('ada').row], { dryRun: true })
  expect(dry).toMatchObject({ imported: 1, unchanged: 1, problems: [] })
  expect(await ask(url, "SELECT name FROM sqlite_master WHERE name = 'keystile_key_inserted'")).toEqual([])
})

test('on PostgreSQL tables are not made either', async () => {
  const url = await freshPostgres()
  const refused = keysOn(url).import([oldKey('ada').row], { dryRun: true, createOwners: true })
  await expect(refused).rejects.toMatchObject({
    code: 'not_migrated',
    message: expect.stringContaining('Run: npx keystile migrate')
  })
})
