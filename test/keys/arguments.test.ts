/** Arguments that could become operators of a query: they are refused before Prisma sees them. */
import { type ApiKeys, createApiKeys } from 'keystile'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrateDatabase } from '../../src/migrate.js'
import { connect } from '../helpers/keys.js'
import { userClients } from '../helpers/stores.js'

const operators: readonly (readonly [string, unknown])[] = [
  ['{ not: ... }', { not: 'x' }],
  ['{ contains: ... }', { contains: '' }],
  ['{ in: [...] }', { in: ['a', 'b'] }],
  ['an array', ['a']],
  ['an empty object', {}],
  ['an object that turns into a string', { toString: () => 'a' }],
  ['a boxed string', new String('a')],
  ['null', null],
  ['undefined', undefined],
  ['true', true],
  ['a function', () => 'a'],
  ['a symbol', Symbol('a')],
  ['NaN', Number.NaN],
  ['a fraction', 1.5],
  ['a number past 2^53', 2 ** 53],
  ['an empty string', ''],
  ['256 characters', 'x'.repeat(256)],
  ['NUL', 'a\0'],
  ['half of a surrogate pair', '\ud83d']
]

const calls: readonly (readonly [string, string, (keys: ApiKeys, value: never) => Promise<unknown>])[] = [
  ['get(id)', 'id', (keys, value) => keys.get(value)],
  ['update(id)', 'id', (keys, value) => keys.update(value, { name: 'x' })],
  ['rotate(id)', 'id', (keys, value) => keys.rotate(value, { grace: 0 })],
  ['revoke(id)', 'id', (keys, value) => keys.revoke(value)],
  ['delete(id)', 'id', (keys, value) => keys.delete(value)],
  ['revokeOwner(ownerId)', 'ownerId', (keys, value) => keys.revokeOwner(value)],
  ['create({ ownerId })', 'ownerId', (keys, value) => keys.create({ ownerId: value, name: 'x' })],
  ['list({ ownerId })', 'ownerId', (keys, value) => keys.list({ ownerId: value })],
  ['findOwner(email)', 'email', (keys, value) => keys.findOwner(value)],
  ['ensureOwner({ email })', 'email', (keys, value) => keys.ensureOwner({ email: value })]
]

const withQueries = userClients.filter(({ name }) => !name.includes('numbers'))

describe.each(withQueries)('with $name', ({ fresh, make }) => {
  let keys: ApiKeys
  let queries: unknown[] = []
  let disconnect: () => Promise<void>
  let keyCount: () => Promise<number>

  beforeAll(async () => {
    const url = await fresh()
    await migrateDatabase(createApiKeys({ url }))
    const { sql, close } = await connect(url)
    await sql('INSERT INTO users (id, email, updated_at) VALUES (?, ?, ?)', 'ada', 'a@b.c', '2026-01-01T00:00:00Z')
    const client = make(url) as {
      $on(event: 'query', listener: (query: unknown) => void): void
      $disconnect(): Promise<void>
    }
    client.$on('query', (query) => queries.push(query))
    keys = createApiKeys({ prisma: client })
    await keys.create({ ownerId: 'ada', name: 'laptop' })
    keyCount = async () => (await sql('SELECT id FROM api_keys WHERE revoked_at IS NULL')).length
    disconnect = async () => {
      await client.$disconnect()
      await close()
    }
  })
  afterAll(() => disconnect())

  test('the queries of the client are seen here', async () => {
    queries = []
    await keys.get('nothing')
    expect(queries).not.toEqual([])
  })

  describe.each(calls)('%s', (_, field, call) => {
    // What is left out of a list is no filter.
    const refused = operators.filter(([name]) => !(field === 'ownerId' && _.startsWith('list') && name === 'undefined'))

    test.each(refused)('%s is invalid_argument, and no query', async (_, value) => {
      queries = []
      await expect(call(keys, value as never)).rejects.toMatchObject({ code: 'invalid_argument', field })
      expect(queries).toEqual([])
      expect(await keyCount()).toBe(1)
    })
  })

  test.each(operators)('revokeToken(token): %s is not_found, and no query', async (_, value) => {
    queries = []
    await expect(keys.revokeToken(value as string)).rejects.toMatchObject({ code: 'not_found' })
    expect(queries).toEqual([])
    expect(await keyCount()).toBe(1)
  })

  test.each(operators)('verify(token): %s is invalid_token, and no query', async (_, value) => {
    queries = []
    await expect(keys.verify(value as string)).rejects.toMatchObject({ code: 'invalid_token', status: 401 })
    expect(queries).toEqual([])
  })

  test.each([5, -1, 5n])('the id %s of another type than the field of the model is invalid_argument', async (id) => {
    const wrong = { code: 'invalid_argument' }
    await expect(keys.get(id)).rejects.toMatchObject(wrong)
    await expect(keys.revoke(id)).rejects.toMatchObject(wrong)
    await expect(keys.list({ ownerId: id })).rejects.toMatchObject(wrong)
    await expect(keys.create({ ownerId: id, name: 'x' })).rejects.toMatchObject(wrong)
    expect(await keyCount()).toBe(1)
  })
})
