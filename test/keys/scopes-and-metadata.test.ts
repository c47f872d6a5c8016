/** What a key may carry: scopes and metadata, where it is made and where it is changed. */
import type { UpdateKeyInput } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { type FreshKeys, freshKeys } from '../helpers/keys.js'

describe.each(databases)('on $name', (database) => {
  let db: FreshKeys
  beforeAll(async () => {
    db = await freshKeys(database)
  })
  const create = async (input: UpdateKeyInput) =>
    (await db.keys.create({ ownerId: db.owner.id, name: 'laptop', ...input })).apiKey
  const refused = async (input: object, field: string) => {
    const { id } = await create({})
    const wrong = { code: 'invalid_argument', field }
    await expect(create(input)).rejects.toMatchObject(wrong)
    await expect(db.keys.update(id, input)).rejects.toMatchObject(wrong)
  }

  test('a key has no scopes unless they are given', async () => {
    expect((await create({})).scopes).toEqual([])
    expect((await create({ scopes: [] })).scopes).toEqual([])
  })

  test('every character of RFC 6749 section 3.3 is kept in a scope', async () => {
    const printable = Array.from({ length: 0x7e - 0x20 }, (_, i) => String.fromCharCode(0x21 + i)).join('')
    const scope = printable.replace(/["\\]/g, '')
    expect(scope).toHaveLength(92)
    const { id } = await create({ scopes: [scope, '*', 'reports:*'] })
    expect((await db.keys.get(id))?.scopes).toEqual([scope, '*', 'reports:*'])
  })

  test('a scope that is given twice is kept once, in the order of the first', async () => {
    expect((await create({ scopes: ['b', 'a', 'b'] })).scopes).toEqual(['b', 'a'])
  })

  test('100 scopes of 128 characters are taken', async () => {
    const scopes = Array.from({ length: 100 }, (_, i) => `${i}:`.padEnd(128, 'x'))
    const { id } = await create({ scopes })
    expect((await db.keys.get(id))?.scopes).toEqual(scopes)
  })

  test.each([
    ['101 scopes', Array.from({ length: 101 }, (_, i) => `s${i}`)],
    ['a scope of 129 characters', ['x'.repeat(129)]],
    ['an empty scope', ['a', '']],
    ['a space', ['a b']],
    ['a quote', ['a"b']],
    ['a backslash', ['a\\b']],
    ['a control character', ['a\x7f']],
    ['a letter past ASCII', ['lüge']],
    ['a number', ['a', 1]],
    ['null among them', ['a', null]],
    ['a nested array', [['a']]],
    ['a string', 'a b'],
    ['null', null],
    ['an object', { 0: 'a', length: 1 }],
    ['an operator', { push: 'admin' }]
  ])('scopes with %s are refused', async (_, scopes) => {
    await refused({ scopes }, 'scopes')
  })

  test('metadata comes back as JSON keeps it', async () => {
    const when = new Date('2026-01-02T03:04:05.678Z')
    const { id } = await create({ metadata: { text: 'a\u0000\ud800"', list: [1, { deep: true }], none: null, when } })
    expect((await db.keys.get(id))?.metadata).toEqual({
      text: 'a\u0000\ud800"',
      list: [1, { deep: true }],
      none: null,
      when: when.toISOString()
    })
    expect((await create({ metadata: null })).metadata).toBeNull()
  })

  test('metadata of 4,096 characters is taken, of one more refused', async () => {
    const ofLength = (length: number) => ({ a: 'x'.repeat(length - '{"a":""}'.length) })
    expect((await create({ metadata: ofLength(4_096) })).metadata).toEqual(ofLength(4_096))
    await refused({ metadata: ofLength(4_097) }, 'metadata')
  })

  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  let deep: object = {}
  for (let i = 0; i < 20_000; i++) deep = { deep }

  test.each([
    ['a cycle', cycle],
    ['a bigint', { big: 1n }],
    ['20,000 levels', deep],
    ['a getter that throws', Object.defineProperty({}, 'a', { enumerable: true, get: () => JSON.parse('{') })],
    ['an array', [1]],
    ['a string', '{"a":1}'],
    ['a Date', new Date()],
    ['a URL', new URL('http://localhost/')],
    ['a toJSON that gives nothing', { toJSON: () => undefined }],
    ['a toJSON that gives an array', { toJSON: () => [] }],
    ['a boxed string', new String('x')]
  ])('metadata that is or has %s is refused', async (_, metadata) => {
    await refused({ metadata }, 'metadata')
  })

  test('keys named like parts of a prototype stay plain data', async () => {
    const metadata = JSON.parse('{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}') as object
    const { id } = await create({ metadata: metadata as Record<string, unknown> })
    const found = (await db.keys.get(id))?.metadata
    expect(JSON.stringify(found)).toBe(JSON.stringify(metadata))
    expect(found).not.toHaveProperty('isAdmin')
    expect({}).not.toHaveProperty('isAdmin')
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype)
  })

  test('an input with its own __proto__ is refused as an unknown field', async () => {
    const input = JSON.parse('{"__proto__":{"scopes":["*"]}}') as object
    await refused(Object.defineProperty({}, '__proto__', { value: input, enumerable: true }), '__proto__')
  })
})
