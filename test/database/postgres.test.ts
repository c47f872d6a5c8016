/** A PostgreSQL database is migrated when somebody says so, in the schema that its URL names. */
import express from 'express'
import { type ApiKeyError, apiKeyAuth, createApiKeys } from 'keystile'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { migrateDatabase } from '../../src/migrate.js'
import { createToken } from '../../src/token.js'
import { freshPostgres } from '../helpers/databases.js'
import { serve } from '../helpers/express-apps.js'
import { migrate } from '../helpers/migrate.js'
import { freshRole, withQuery } from '../helpers/postgres-roles.js'
import { packagedMigrations } from '../helpers/prisma-migrate.js'
import { ask } from '../helpers/sql.js'

const ours = packagedMigrations('postgresql').map(({ name }) => name)
const tables = [
  '_prisma_migrations',
  'api_key_events',
  'api_key_flushes',
  'api_key_forms',
  'api_key_usage',
  'api_keys',
  'keystile_schema',
  'users'
]

async function tablesOf(url: string, schema = 'public'): Promise<unknown[]> {
  const rows = await ask(url, `SELECT tablename FROM pg_tables WHERE schemaname = '${schema}' ORDER BY 1`)
  return rows.map(({ tablename }) => tablename)
}

/** A key that works, and whose use is counted: models and plain SQL find the same tables. */
async function isUsable(url: string): Promise<boolean> {
  const keys = createApiKeys({ url })
  const { owner } = await keys.ensureOwner({ email: 'ada@example.com' })
  const { token, apiKey } = await keys.create({ ownerId: owner.id, name: 'laptop' })
  await keys.verify(token)
  const { unwritten } = await keys.close()
  const again = createApiKeys({ url })
  const record = await again.get(apiKey.id)
  await again.close()
  return unwritten === 0 && record?.usageCount === 1
}

const opening = async (url: string): Promise<ApiKeyError | undefined> => {
  const keys = createApiKeys({ url })
  const error = await keys.ready().catch((error: ApiKeyError) => error)
  await keys.close()
  return error ?? undefined
}

describe('a database without tables', () => {
  test('says what to run, and none is made', async () => {
    const url = await freshPostgres()
    const error = await opening(url)
    expect(error).toMatchObject({ code: 'not_migrated', message: expect.stringContaining('npx keystile migrate') })
    expect(error?.message).not.toContain('postgres:postgres')
    expect(await tablesOf(url)).toEqual([])
  })

  test('answers requests with 503 and Retry-After, and tells onError why', async () => {
    const keys = createApiKeys({ url: await freshPostgres() })
    const causes: unknown[] = []
    const app = express()
    app.use('/plain', apiKeyAuth({ keys }))
    const told = apiKeyAuth({
      keys,
      onError(err, _req, res) {
        causes.push(err.cause)
        res.end()
      }
    })
    app.use('/told', told)
    const { request } = await serve(app)
    const authorization = `Bearer ${createToken('sk_')}`
    expect(await request({ path: '/plain', authorization })).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
      body: expect.not.stringContaining('migrate')
    })
    await request({ path: '/told', authorization })
    expect(causes).toEqual([expect.objectContaining({ code: 'not_migrated' })])
    await keys.close()
  })

  test('works after a migration, without a restart', async () => {
    const url = await freshPostgres()
    const keys = createApiKeys({ url })
    await expect(keys.ready()).rejects.toMatchObject({ code: 'not_migrated' })
    expect((await migrateDatabase(keys)).applied).toEqual(ours)
    expect((await migrateDatabase(keys)).applied).toEqual([])
    await keys.ready()
    await keys.close()
    expect(await tablesOf(url)).toEqual(tables)
    expect(await isUsable(url)).toBe(true)
  })
})

describe('?schema=name', () => {
  test.each(['keystile', 'My-Schema', 'schlüssel'])(
    '%s is made where it is missing, and nothing elsewhere',
    async (schema) => {
      const database = await freshPostgres()
      const url = withQuery(database, { schema })
      expect(await opening(url)).toMatchObject({ code: 'not_migrated' })
      expect(await migrate(url)).toEqual(ours)
      expect(await tablesOf(database, schema)).toEqual(tables)
      expect(await tablesOf(database)).toEqual([])
      expect(await isUsable(url)).toBe(true)
    }
  )

  test('that is empty means public', async () => {
    const url = withQuery(await freshPostgres(), { schema: '' })
    expect(await migrate(url)).toEqual(ours)
    expect(await tablesOf(url)).toEqual(tables)
  })

  test.each(['a b', 'a"b', "a'b", 'a\\b', 'a;b', 'a'.repeat(64)])('%j is refused', (schema) => {
    const url = withQuery('postgresql://ada:secret@localhost/app', { schema })
    expect(() => createApiKeys({ url })).toThrow(/schema that keystile can't use/)
  })

  test('two schemas of one database hold keys of their own', async () => {
    const database = await freshPostgres()
    const [one, two] = [withQuery(database, { schema: 'one' }), withQuery(database, { schema: 'two' })]
    for (const url of [one, two]) await migrate(url)
    expect(await isUsable(one)).toBe(true)
    const keys = createApiKeys({ url: two })
    expect((await keys.list()).items).toEqual([])
    await keys.close()
  })

  test("an app's own client with a schema has its uses counted there", async () => {
    const { PrismaPg } = await import('@prisma/adapter-pg')
    const { PrismaClient } = await import('../../src/generated/postgresql/client.js')
    const url = await freshPostgres()
    await migrate(withQuery(url, { schema: 'app' }))
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url }, { schema: 'app' }) })
    const { id } = await prisma.user.create({ data: { email: 'ada@example.com' } })
    const keys = createApiKeys({ prisma })
    const { token } = await keys.create({ ownerId: id, name: 'laptop' })
    await keys.verify(token)
    expect(await keys.close()).toEqual({ unwritten: 0 })
    await expect(prisma.apiKey.findFirst()).resolves.toMatchObject({ usageCount: 1n })
    await prisma.$disconnect()
  })
})

describe('a user', () => {
  test('without the right to make schemas uses one that is there', async () => {
    const database = await freshPostgres()
    const { url, name } = await freshRole(database)
    await ask(database, `CREATE SCHEMA own AUTHORIZATION ${name}`)
    expect(await migrate(withQuery(url, { schema: 'own' }))).toEqual(ours)
    expect(await isUsable(withQuery(url, { schema: 'own' }))).toBe(true)
  })

  test("whose search_path leads elsewhere works in the URL's schema all the same", async () => {
    const database = await freshPostgres()
    const { url, name } = await freshRole(database)
    await ask(
      database,
      `CREATE SCHEMA other AUTHORIZATION ${name}`,
      `ALTER ROLE ${name} SET search_path = other`,
      `GRANT ALL ON SCHEMA public TO ${name}`
    )
    expect(await migrate(url)).toEqual(ours)
    expect(await tablesOf(database)).toEqual(tables)
    expect(await tablesOf(database, 'other')).toEqual([])
    expect(await isUsable(url)).toBe(true)
  })

  test('without rights is told which one is missing', async () => {
    const database = await freshPostgres()
    const { url } = await freshRole(database)
    await expect(migrate(url)).rejects.toMatchObject({
      code: 'not_writable',
      message: expect.stringContaining('permission denied for schema public')
    })
    await expect(migrate(withQuery(url, { schema: 'new' }))).rejects.toMatchObject({
      code: 'not_writable',
      message: expect.stringContaining('permission denied for database')
    })
    await migrate(database)
    expect(await opening(url)).toMatchObject({
      code: 'not_writable',
      message: expect.stringContaining('permission denied for table keystile_schema')
    })
  })

  test('of a read-only database is told so, and a migrated one still lets keys in', async () => {
    const database = await freshPostgres()
    const { url, name } = await freshRole(database)
    await ask(
      database,
      `GRANT ALL ON SCHEMA public TO ${name}`,
      `ALTER ROLE ${name} SET default_transaction_read_only = on`
    )
    await expect(migrate(url)).rejects.toMatchObject({
      code: 'not_writable',
      message: expect.stringContaining('read-only')
    })
    await migrate(database)
    await ask(database, `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${name}`)
    const owners = createApiKeys({ url: database })
    const { owner } = await owners.ensureOwner({ email: 'ada@example.com' })
    const { token } = await owners.create({ ownerId: owner.id, name: 'laptop' })
    await owners.close()
    const keys = createApiKeys({ url })
    await expect(keys.verify(token)).resolves.toMatchObject({ owner: { email: 'ada@example.com' } })
    await expect(keys.create({ ownerId: owner.id, name: 'phone' })).rejects.toMatchObject({ code: 'not_writable' })
    expect(await keys.close({ timeoutMs: 100 })).toEqual({ unwritten: 1 })
  })
})

describe("Prisma's and pg's other parameters", () => {
  test('do no harm', async () => {
    const url = withQuery(await freshPostgres(), {
      schema: 'app',
      connection_limit: '5',
      pool_timeout: '3',
      connect_timeout: '4',
      socket_timeout: '5',
      pgbouncer: 'true',
      statement_cache_size: '0',
      sslmode: 'disable',
      application_name: 'shop',
      options: '-c search_path=nowhere -c statement_timeout=5000'
    })
    expect(await migrate(url)).toEqual(ours)
    expect(await isUsable(url)).toBe(true)
  })

  test.each([
    ['sslmode=verify-full', /does not support SSL/],
    ['sslmode=disable&sslrootcert=/nowhere/ca.pem', /ENOENT/]
  ])('%s: a clear error where the server has no TLS or a file is missing', async (query, message) => {
    const url = `${await freshPostgres()}?${query}`
    expect(await opening(url)).toMatchObject({ code: 'unavailable', message: expect.stringMatching(message) })
  })
})

test('after a migration and after close() no connection and no lock is left', async () => {
  const url = await freshPostgres()
  await migrate(url)
  expect(await isUsable(url)).toBe(true)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const others = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`
  // An idle connection of a pool would stay for ten seconds.
  await expect.poll(async () => (await client.query(others)).rows, { timeout: 5_000 }).toEqual([{ n: 0 }])
  const held =
    "SELECT 1 FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database WHERE l.locktype = 'advisory' AND d.datname = current_database()"
  expect((await client.query(held)).rows).toEqual([])
  await client.end()
})
