/** keys.get() and keys.list(): pages that miss nothing and repeat nothing. */
import type { ListKeysInput, Owner } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { type FreshKeys, freshKeys } from '../helpers/keys.js'
import { manualClock } from '../helpers/manual-clock.js'

describe.each(databases)('on $name', (database) => {
  const clock = manualClock()
  let db: FreshKeys
  beforeAll(async () => {
    db = await freshKeys(database, { now: clock })
  })
  /** Keys of an owner; without a step all have the same createdAt. */
  const make = async (owner: Owner, names: readonly string[], stepMs = 0) => {
    for (const name of names) {
      await db.keys.create({ ownerId: owner.id, name })
      clock.pass(stepMs)
    }
  }
  /** The names on each page to the end; `between` runs after each page. */
  const pages = async (input: ListKeysInput, between: (page: number) => Promise<unknown> = async () => {}) => {
    const found: string[][] = []
    let cursor: string | null | undefined
    while (cursor !== null) {
      const page = await db.keys.list({ ...input, ...(cursor !== undefined && { cursor }) })
      found.push(page.items.map(({ name }) => name))
      if (found.length > 20) throw new Error(`the pages do not end: ${JSON.stringify(found)}`)
      await between(found.length)
      cursor = page.nextCursor
    }
    return found
  }

  test('a key is read by its id; an unknown id is null', async () => {
    const { apiKey } = await db.keys.create({ ownerId: db.owner.id, name: 'laptop', scopes: ['a'] })
    expect(await db.keys.get(apiKey.id)).toEqual(apiKey)
    expect(await db.keys.get('nothing')).toBeNull()
  })

  test('an owner without keys has one empty page', async () => {
    const owner = await db.newOwner()
    expect(await db.keys.list({ ownerId: owner.id })).toEqual({ items: [], nextCursor: null })
  })

  test('the list is newest first, of one owner or of all', async () => {
    const [one, two] = [await db.newOwner(), await db.newOwner()]
    await make(one, ['a', 'b'], 1)
    await make(two, ['c'], 1)
    await make(one, ['d'], 1)
    expect(await pages({ ownerId: one.id })).toEqual([['d', 'b', 'a']])
    expect((await pages({ limit: 4 }))[0]).toEqual(['d', 'c', 'b', 'a'])
  })

  test('a page has 50 keys by default, and 100 at most', async () => {
    const owner = await db.newOwner()
    await make(
      owner,
      Array.from({ length: 102 }, (_, i) => `${i}`)
    )
    expect((await pages({ ownerId: owner.id })).map((page) => page.length)).toEqual([50, 50, 2])
    const by100 = await pages({ ownerId: owner.id, limit: 100 })
    expect(by100.map((page) => page.length)).toEqual([100, 2])
    expect(new Set(by100.flat()).size).toBe(102)
  })

  test('the last page has no cursor, also where it is full', async () => {
    const owner = await db.newOwner()
    await make(owner, ['a', 'b', 'c', 'd'], 1)
    expect(await pages({ ownerId: owner.id, limit: 2 })).toEqual([
      ['d', 'c'],
      ['b', 'a']
    ])
  })

  test('keys of one millisecond are each on one page', async () => {
    const owner = await db.newOwner()
    const names = Array.from({ length: 11 }, (_, i) => `${i}`)
    await make(owner, names)
    const found = await pages({ ownerId: owner.id, limit: 3 })
    expect(found.map((page) => page.length)).toEqual([3, 3, 3, 2])
    expect(found.flat().sort()).toEqual([...names].sort())
  })

  test('keys of one millisecond are in the order of their ids, also where no index gives it', async () => {
    const bare = await freshKeys(database, { now: () => 1_800_000_000_000 })
    for (const columns of ['created_at_id', 'user_id_created_at_id'])
      await bare.sql(`DROP INDEX api_keys_${columns}_idx`)
    for (let i = 0; i < 11; i++) await bare.keys.create({ ownerId: bare.owner.id, name: `${i}` })
    const ids = (await bare.keys.list()).items.map(({ id }) => String(id))
    expect(ids).toEqual([...ids].sort().reverse())
  })

  test('a key that is made between two pages moves nothing', async () => {
    const owner = await db.newOwner()
    await make(owner, ['a', 'b', 'c', 'd', 'e'], 1)
    const found = await pages({ ownerId: owner.id, limit: 2 }, (page) => make(owner, [`new ${page}`], 1))
    expect(found).toEqual([['e', 'd'], ['c', 'b'], ['a']])
  })

  test('where the last row of a page is deleted, the next page begins behind its place', async () => {
    const owner = await db.newOwner()
    await make(owner, ['a', 'b', 'c'], 1)
    await make(owner, ['d', 'e'])
    const first = await db.keys.list({ ownerId: owner.id, limit: 1 })
    for (const { id } of first.items) await db.keys.delete(id)
    const second = await db.keys.list({ ownerId: owner.id, limit: 1, cursor: first.nextCursor ?? '' })
    for (const { id } of second.items) await db.keys.delete(id)
    expect([...first.items, ...second.items].map(({ name }) => name).sort()).toEqual(['d', 'e'])
    const third = await db.keys.list({ ownerId: owner.id, cursor: second.nextCursor ?? '' })
    expect(third.items.map(({ name }) => name)).toEqual(['c', 'b', 'a'])
  })

  test("a cursor shows nothing of another owner's keys", async () => {
    const [one, two] = [await db.newOwner(), await db.newOwner()]
    await make(one, ['mine 1', 'mine 2'], 1)
    await make(two, ['b', 'c'], 1)
    const { nextCursor } = await db.keys.list({ ownerId: two.id, limit: 1 })
    const page = await db.keys.list({ ownerId: one.id, cursor: nextCursor ?? '' })
    expect(page.items.map(({ name }) => name)).toEqual(['mine 2', 'mine 1'])
  })

  test.each([0, 101, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5', null, { gt: 1 }])(
    'the limit %j is refused',
    async (limit) => {
      const input = { limit } as unknown as ListKeysInput
      await expect(db.keys.list(input)).rejects.toMatchObject({ code: 'invalid_argument', field: 'limit' })
    }
  )

  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  test.each([
    ['empty', ''],
    ['no base64', '%%%'],
    ['no JSON', 'AAAA'],
    ['null', encode(null)],
    ['an object', encode({ id: { not: '' } })],
    ['an empty array', encode([])],
    ['a time that is none', encode([8.64e15 + 1, 'string', 'x'])],
    ['a time past the calendar', encode([8.64e15, 'string', 'x'])],
    ['a time before the calendar', encode([-8.64e15, 'string', 'x'])],
    ['a time as text', encode(['2026-01-01', 'string', 'x'])],
    ['an operator as id', encode([1, 'string', { not: '' }])],
    ['an empty id', encode([1, 'string', ''])],
    ['an id with NUL', encode([1, 'string', 'a\0b'])],
    ['a number that is none', encode([1, 'number', 'x'])],
    ['a bigint that is none', encode([1, 'bigint', '1.5'])],
    ['too long', encode([1, 'string', 'x'.repeat(2_000)])],
    ['an operator', { not: '' }],
    ['a number', 5]
  ])('a forged cursor that is %s is refused', async (_, cursor) => {
    const input = { cursor } as ListKeysInput
    await expect(db.keys.list(input)).rejects.toMatchObject({ code: 'invalid_argument', field: 'cursor' })
  })

  test('a well-formed cursor of nowhere gives the keys behind its time', async () => {
    const owner = await db.newOwner()
    await make(owner, ['a', 'b'], 1)
    const read = async (at: number) =>
      (await db.keys.list({ ownerId: owner.id, cursor: encode([at, 'string', 'x']) })).items
    expect(await read(clock())).toHaveLength(2)
    expect(await read(0)).toHaveLength(0)
  })

  test('an unknown field is refused, not passed over', async () => {
    const input = { owner: db.owner.id } as unknown as ListKeysInput
    await expect(db.keys.list(input)).rejects.toThrow('did you mean "ownerId"?')
  })
})
