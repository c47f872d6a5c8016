/** When keystile asks for keys by a statement of its own, how the database carries it out, and what becomes of its failures. */
import { describe, expect, test } from 'vitest'
import { hashToken } from '../../src/hash.js'
import { type Client, type DataModels, isUnextended } from '../../src/prisma-store/client.js'
import { plainFinder } from '../../src/prisma-store/find-plain.js'
import { createPrismaStore } from '../../src/prisma-store/index.js'
import { inspectClient } from '../../src/prisma-store/inspect.js'
import type { FoundKey } from '../../src/store.js'
import { databases } from '../helpers/databases.js'
import { afterwards, insertOwner, issueKeys, migrated } from '../helpers/key-ring.js'
import { openSql } from '../helpers/sql.js'
import { userClients } from '../helpers/stores.js'

interface AppClient extends Client {
  $extends(extension: object): AppClient
  $on(event: 'query', listener: (event: { query: string }) => void): void
}
interface Described {
  readonly _activeProvider: string
  readonly _runtimeDataModel: { readonly models: DataModels }
  readonly _engineConfig: { readonly inlineSchema: string }
}

const unknown = 'f'.repeat(64)
const storeOf = (client: Client) =>
  createPrismaStore({ client, shape: inspectClient(client), clock: Date.now, own: false })

describe.each(databases)('on $name', (database) => {
  const { provider } = database
  const make = (url: string) => userClients.find((each) => each.provider === provider)?.make(url) as AppClient

  async function opened() {
    const url = await migrated(database)
    const client = make(url)
    const sql = await openSql(url)
    afterwards(() => sql.close())
    afterwards(() => client.$disconnect())
    return { url, client, sql }
  }

  const failureOf = (client: Client, token: string) =>
    storeOf(client)
      .findByHashes([hashToken(token)])
      .then(
        () => undefined,
        ({ code, message }: { code: string; message: string }) => ({ code, message })
      )

  test('the index finds the keys, however many are asked for and however many there are', async () => {
    const { client, sql } = await opened()
    const owner = await insertOwner(sql)
    const series =
      provider === 'sqlite'
        ? 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)'
        : 'WITH n(i) AS (SELECT generate_series(1, 20000))'
    const made = "'2026-01-01T00:00:00.000+00:00'"
    await sql.query(
      `${provider === 'sqlite' ? '' : series} INSERT INTO api_keys (id, user_id, name, key_hash, key_prefix, created_at, updated_at)
       ${provider === 'sqlite' ? series : ''} SELECT 'k' || i, '${owner}', 'key', 'h' || i, 'p', ${made}, ${made} FROM n`
    )
    for (let i = 0; i < 200; i++) await insertOwner(sql)
    await sql.query('ANALYZE')
    const queries: string[] = []
    client.$on('query', ({ query }) => queries.push(query))
    await storeOf(client).findByHashes(['h1'])
    const [query = ''] = queries
    for (const count of [1, 250]) {
      const hashes = Array.from({ length: count }, (_, i) => `h${i}`)
      const plan = await planOf(query, hashes)
      expect(plan).toMatch(/api_keys_key_hash_key/)
      expect(plan).not.toMatch(/Seq Scan on api_keys|SCAN k\b|SCAN o\b/)
    }

    async function planOf(query: string, hashes: readonly string[]): Promise<string> {
      if (provider === 'sqlite')
        return JSON.stringify(await sql.query(`EXPLAIN QUERY PLAN ${query}`, JSON.stringify(hashes)))
      await sql.query('SET plan_cache_mode = force_generic_plan')
      await sql.query(`PREPARE lookup_${hashes.length}(text[]) AS ${query}`)
      return JSON.stringify(await sql.query(`EXPLAIN EXECUTE lookup_${hashes.length}('{${hashes.join(',')}}')`))
    }
  })

  test.each([
    'ALTER TABLE api_keys RENAME TO keys',
    'ALTER TABLE users RENAME TO people',
    'ALTER TABLE users RENAME COLUMN is_active TO active',
    'ALTER TABLE api_keys RENAME COLUMN rate_limit TO rates'
  ])('what is missing after %s is told as Prisma has it', async (change) => {
    const { client, sql } = await opened()
    const [{ token } = { token: '' }] = await issueKeys(sql, await insertOwner(sql), 1)
    await sql.query(change)
    const failures = [await failureOf(client, token), await failureOf(client.$extends({ name: 'any' }), token)]
    expect(failures[0]).toBeDefined()
    expect(failures[0]).toEqual(failures[1])
  })

  test('a text in it that is no value of its type, such as a hash, is found nowhere', async () => {
    const { client } = await opened()
    const odd = ["' OR 1=1 --", '{a,b}', 'a,b', '"', '\\', '', 'NULL']
    expect(await storeOf(client).findByHashes(odd)).toEqual(new Map())
  })

  test('keys of a client whose fields or extensions say more than a column does are left to Prisma', async () => {
    const client = make(provider === 'sqlite' ? 'file:/nowhere/at-all.db' : 'postgresql://root:x@127.0.0.1:1/app')
    const { _activeProvider, _runtimeDataModel, _engineConfig } = client as unknown as Described
    const shapeWith = (line: string, kind: string, type: string, field = 'name', model = 'User') => {
      const models = structuredClone(_runtimeDataModel.models) as unknown as Record<
        string,
        { fields: { name: string; kind: string; type: string }[] }
      >
      const have = models[model]?.fields.find(({ name }) => name === field)
      if (have) Object.assign(have, { kind, type })
      const body = new RegExp(`(model ${model} \\{[^}]*?\\n\\s+)${field} +\\S+`)
      const inlineSchema = _engineConfig.inlineSchema.replace(body, `$1${line}`)
      expect(inlineSchema).toContain(line)
      return inspectClient({ _activeProvider, _runtimeDataModel: { models }, _engineConfig: { inlineSchema } })
    }
    const isPlain = (...of: Parameters<typeof shapeWith>) => plainFinder(client, shapeWith(...of)) !== undefined
    expect(isPlain('name String', 'scalar', 'String')).toBe(true)
    expect(isPlain('name Int?', 'scalar', 'Int')).toBe(true)
    for (const type of ['Json', 'Decimal', 'Bytes', 'Float'])
      expect(isPlain(`name ${type}?`, 'scalar', type)).toBe(false)
    expect(isPlain('name Role', 'enum', 'Role')).toBe(false)
    expect(isPlain('name String[]', 'scalar', 'String')).toBe(false)
    for (const type of ['Char(64)', 'Citext'])
      expect(isPlain(`keyHash String @db.${type}`, 'scalar', 'String', 'keyHash', 'ApiKey')).toBe(false)
    expect(isPlain('keyHash String @db.VarChar(64)', 'scalar', 'String', 'keyHash', 'ApiKey')).toBe(true)
    const { models } = _runtimeDataModel
    expect(plainFinder(client, inspectClient({ _activeProvider, _runtimeDataModel: { models } }))).toBeUndefined()
    expect(isUnextended(client)).toBe(true)
    expect(isUnextended(client.$extends({ name: 'any' }))).toBe(false)
    expect(isUnextended({})).toBe(false)
  })

  test('an extension that hides an owner is not passed by', async () => {
    const { client, sql } = await opened()
    const [{ token } = { token: '' }] = await issueKeys(sql, await insertOwner(sql), 1)
    const hidden = client.$extends({ query: { apiKey: { findUnique: async () => null } } })
    expect(await storeOf(hidden).findByHashes([hashToken(token)])).toEqual(new Map())
    expect((await storeOf(client).findByHashes([hashToken(token)])).size).toBe(1)
  })
})

describe('on PostgreSQL alone', () => {
  const [, postgres] = databases
  if (!postgres) throw new Error('no PostgreSQL')
  const make = (url: string) => userClients.find(({ provider }) => provider === 'postgresql')?.make(url) as AppClient

  test.each(['Europe/Berlin', 'Asia/Kolkata'])(
    'in the time zone %s times are what Prisma takes them for',
    async (zone) => {
      const url = await migrated(postgres)
      const inZone = new URL(url)
      inZone.searchParams.set('options', `-c TimeZone=${zone}`)
      const client = make(inZone.href)
      afterwards(() => client.$disconnect())
      const sql = await openSql(url)
      afterwards(() => sql.close())
      const [{ id, token } = { id: '', token: '' }] = await issueKeys(sql, await insertOwner(sql), 1)
      await sql.query("UPDATE api_keys SET expires_at = '2031-07-01T10:00:00.120+00' WHERE id = ?", id)
      const times = async (each: Client) => {
        const found = [...(await storeOf(each).findByHashes([hashToken(token)])).values()]
        return found.map(({ apiKey: { createdAt, expiresAt }, state }: FoundKey) => [
          createdAt,
          expiresAt,
          state.expiresAtMs
        ])
      }
      expect(await times(client)).toEqual(await times(client.$extends({ name: 'any' })))
      expect(await client.$queryRawUnsafe('SHOW TimeZone')).toEqual([{ TimeZone: zone }])
    }
  )

  test('null where the schema has none is what Prisma says of it', async () => {
    const url = await migrated(postgres)
    const client = make(url)
    afterwards(() => client.$disconnect())
    const sql = await openSql(url)
    afterwards(() => sql.close())
    const issued = await issueKeys(sql, await insertOwner(sql), 2)
    await sql.query('ALTER TABLE api_keys ALTER COLUMN name DROP NOT NULL')
    await sql.query('UPDATE api_keys SET name = NULL WHERE id = ?', issued[0]?.id ?? '')
    const answer = (each: Client) =>
      storeOf(each)
        .findByHashes(issued.map(({ token }) => hashToken(token)))
        .then(
          (found) => [...found.values()].map(({ apiKey, state }) => ({ ...apiKey, unreadable: state.unreadable })),
          (error: { code: string }) => error.code
        )
    expect(await answer(client)).toEqual(await answer(client.$extends({ name: 'any' })))
  })

  test('where the statement does not fit the tables, Prisma finds the keys', async () => {
    const url = await migrated(postgres)
    const client = make(url)
    afterwards(() => client.$disconnect())
    const sql = await openSql(url)
    afterwards(() => sql.close())
    const [{ id, token } = { id: '', token: '' }] = await issueKeys(sql, await insertOwner(sql), 1)
    await sql.query('ALTER TABLE api_keys DROP COLUMN revoked_at CASCADE, ADD COLUMN revoked_at integer')
    expect((await storeOf(client).findByHashes([hashToken(token)])).get(hashToken(token))?.apiKey.id).toBe(id)
  })

  test('a server that is not there is told as Prisma has it', async () => {
    const client = make('postgresql://root:x@127.0.0.1:1/app')
    const failure = (each: Client) =>
      storeOf(each)
        .findByHashes([unknown])
        .catch((error: unknown) => error)
    const failures = [await failure(client), await failure(client.$extends({ name: 'any' }))]
    expect(failures[0]).toMatchObject({ code: 'unavailable' })
    expect(failures[0]).toEqual(failures[1])
  })
})
