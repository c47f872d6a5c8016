/** Tables that are not keystile's are left alone; tables of its names and another shape are refused. */
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { freshKeys } from '../helpers/keys.js'
import { migrate } from '../helpers/migrate.js'
import { packagedMigrations, prismaMigrate } from '../helpers/prisma-migrate.js'
import { isLong } from '../helpers/rounds.js'
import { ask, openSql } from '../helpers/sql.js'

const works = async (url: string) => {
  const keys = createApiKeys({ url })
  const { owner } = await keys.ensureOwner({ email: 'grace@example.com' })
  const { token } = await keys.create({ ownerId: owner.id, name: 'phone' })
  const { apiKey } = await keys.verify(token)
  await keys.close()
  return apiKey.name === 'phone'
}

const readiness = async (url: string): Promise<{ code?: string; message?: string }> => {
  const keys = createApiKeys({ url })
  const error = await keys.ready().then(
    () => ({}),
    (error) => error
  )
  await keys.close()
  return error
}

describe.each(databases)('$name', (database) => {
  const { provider, fresh } = database
  const ours = packagedMigrations(provider).map(({ name }) => name)

  async function withTables(...statements: string[]): Promise<string> {
    const url = await fresh()
    await ask(url, ...statements)
    return url
  }

  const namesOf = (url: string) =>
    ask(
      url,
      provider === 'sqlite'
        ? "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
        : "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    )

  test.each([
    [
      'a table users of an app',
      ['CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT)'],
      'its table users lacks email'
    ],
    [
      'a table api_keys that lacks columns',
      ['CREATE TABLE api_keys (id TEXT PRIMARY KEY, user_id TEXT, name TEXT, key_hash TEXT)'],
      'it has no table users'
    ],
    [
      'a view',
      ['CREATE TABLE people (id TEXT, email TEXT)', 'CREATE VIEW users AS SELECT id, email FROM people'],
      'its table users lacks name'
    ]
  ])('%s is refused, and nothing is changed', async (_, statements, message) => {
    const url = await withTables(...statements)
    const before = await namesOf(url)
    const expected = { code: 'incompatible_database', message: expect.stringContaining(message) }
    expect(await readiness(url)).toMatchObject(expected)
    await expect(migrate(url)).rejects.toMatchObject(expected)
    expect(await namesOf(url)).toEqual(before)
  })

  test('tables of keystile that lost a column are refused', async () => {
    const { url, sql, close } = await freshKeys(database)
    // On PostgreSQL a trigger watches it.
    await sql(`ALTER TABLE api_keys DROP COLUMN metadata${provider === 'sqlite' ? '' : ' CASCADE'}`)
    await close()
    expect(await readiness(url)).toMatchObject({
      code: 'incompatible_database',
      message: expect.stringContaining('its table api_keys lacks metadata')
    })
  })

  test('tables that lost none and gained one are used', async () => {
    const { url, sql, close } = await freshKeys(database)
    await sql('ALTER TABLE api_keys ADD COLUMN team TEXT')
    await close()
    expect(await works(url)).toBe(true)
  })

  // Prisma's own engine takes ten seconds for it on PostgreSQL.
  test.skipIf(provider === 'postgresql' && !isLong)(
    "an app's other tables, and its rows in _prisma_migrations, stay as they are",
    async () => {
      const further = { name: '20200101000000_shop', sql: 'CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY);' }
      const url = await fresh()
      await prismaMigrate(provider, url, [further]).apply()
      await ask(url, 'INSERT INTO orders VALUES (7)')
      const before = await ask(url, 'SELECT * FROM _prisma_migrations')
      expect(before).toHaveLength(1)

      expect(await migrate(url)).toEqual(ours)
      expect(await works(url)).toBe(true)
      expect(await ask(url, 'SELECT * FROM orders')).toEqual([{ id: 7 }])
      expect(await ask(url, `SELECT * FROM _prisma_migrations WHERE migration_name = '${further.name}'`)).toEqual(
        before
      )
      const prisma = prismaMigrate(provider, url, [further, ...packagedMigrations(provider)])
      expect(await prisma.diagnose()).toMatchObject({ history: null, editedMigrationNames: [] })
    }
  )

  test('tables that `prisma db push` made are used', async () => {
    const url = await fresh()
    const { sql } = await prismaMigrate(provider, url).diff('empty')
    await prismaMigrate(provider, url, [{ name: '20200101000000_pushed', sql }]).apply()
    await ask(url, 'DROP TABLE _prisma_migrations')
    expect(await readiness(url)).toEqual({})
    expect(await migrate(url)).toEqual([])
    expect(await works(url)).toBe(true)
    expect(await namesOf(url)).not.toContainEqual({ name: '_prisma_migrations' })
  })

  test('a migration that fails half-way leaves nothing behind', async () => {
    const index = ['CREATE TABLE orders (email TEXT)', 'CREATE INDEX api_keys_created_at_id_idx ON orders (email)']
    const url = await withTables(...index)
    await expect(migrate(url)).rejects.toMatchObject({
      code: 'incompatible_database',
      message: expect.stringMatching(/nothing was changed: .*api_keys_created_at_id_idx.* already exists/)
    })
    expect(await namesOf(url)).toEqual([{ name: 'orders' }])
    await ask(url, 'DROP INDEX api_keys_created_at_id_idx')
    expect(await migrate(url)).toEqual(ours)
  })
})

describe('SQLite', () => {
  const [{ fresh }] = databases as [(typeof databases)[number]]

  test('a table Users is a table users', async () => {
    const url = await fresh()
    const { query, close } = await openSql(url)
    await query('CREATE TABLE Users (id INTEGER)')
    await close()
    expect(await readiness(url)).toMatchObject({ message: expect.stringContaining('its table users lacks email') })
  })

  test('virtual tables and broken views of an app do not matter', async () => {
    const url = await fresh()
    const { query, close } = await openSql(url)
    await query('CREATE TABLE posts (text TEXT)')
    await query('CREATE VIEW latest AS SELECT text FROM posts')
    await query('DROP TABLE posts')
    await query('CREATE VIRTUAL TABLE search USING fts5(text)')
    await close()
    expect(await works(url)).toBe(true)
  })
})
