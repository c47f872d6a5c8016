/** keys.create(): what a new key is, and what is refused. */
import type { CreateKeyInput } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { type FreshKeys, freshKeys } from '../helpers/keys.js'
import { day, hour, manualClock } from '../helpers/manual-clock.js'
import { recordEvents } from '../helpers/recorded-events.js'

describe.each(databases)('create on $name', (database) => {
  const clock = manualClock()
  let db: FreshKeys
  beforeAll(async () => {
    db = await freshKeys(database, { now: clock })
  })
  const create = (input: object = {}) =>
    db.keys.create({ ownerId: db.owner.id, name: 'laptop', ...input } as CreateKeyInput)
  const count = async () => Number((await db.sql('SELECT COUNT(*) AS n FROM api_keys'))[0]?.['n'])

  async function refused(input: object, field: string): Promise<string> {
    const before = await count()
    const error = await create(input).catch((error: unknown) => error)
    expect(error).toMatchObject({ name: 'ApiKeyError', code: 'invalid_argument', status: 400, field })
    expect(await count()).toBe(before)
    return (error as Error).message
  }

  test('the token is given once, works, and is stored nowhere', async () => {
    const { token, apiKey } = await create({ scopes: ['reports:read'] })
    expect(token).toMatch(/^sk_[0-9A-Za-z]{49}$/)
    expect(apiKey.keyPrefix).toBe(`${token.slice(0, 11)}...`)
    expect(await db.keys.verify(token)).toMatchObject({ apiKey: { id: apiKey.id }, owner: { id: db.owner.id } })
    const [row] = await db.sql('SELECT * FROM api_keys WHERE id = ?', String(apiKey.id))
    expect(JSON.stringify(Object.values(row ?? {}).map(String))).not.toContain(token.slice(11))
    expect(row?.['key_hash']).toMatch(/^[0-9a-f]{64}$/)
  })

  test('an event tells of it, with the ids alone', async () => {
    const events = recordEvents()
    const { apiKey } = await create()
    expect(events).toEqual([{ name: 'keystile:created', payload: { apiKeyId: apiKey.id, ownerId: db.owner.id } }])
  })

  test('an owner who does not exist is owner_not_found', async () => {
    const before = await count()
    await expect(create({ ownerId: 'nobody' })).rejects.toMatchObject({ code: 'owner_not_found', status: 404 })
    expect(await count()).toBe(before)
  })

  test.each([
    ['one character', 'x'],
    ['100 characters', 'x'.repeat(100)],
    ['100 code points of two units each', '\u{1f511}'.repeat(100)],
    ['quotes and SQL', `'; DROP TABLE api_keys; --"`],
    ['what is not ASCII', 'Schlüssel für Zoë']
  ])('a name of %s is stored as it is', async (_, name) => {
    const { apiKey } = await create({ name })
    expect(await db.keys.get(apiKey.id)).toMatchObject({ name })
  })

  test.each([
    ['empty', ''],
    ['blank', ' \t '],
    ['101 characters long', 'x'.repeat(101)],
    ['101 code points long', '\u{1f511}'.repeat(101)],
    ['with a line break', 'a\nb'],
    ['with NUL', 'a\0b'],
    ['with a C1 control character', 'a\u0085b'],
    ['with half of a surrogate pair', 'a\ud83d'],
    ['a number', 5],
    ['null', null],
    ['an array', ['a']],
    ['missing', undefined]
  ])('a name that is %s is refused', async (_, name) => {
    expect(await refused({ name }, 'name')).toContain('1 to 100 characters')
  })

  test('expiresAt is kept to the millisecond, and is a copy', async () => {
    const expiresAt = new Date(clock() + 1)
    const given = new Date(expiresAt)
    const { apiKey } = await create({ expiresAt: given })
    given.setFullYear(2099)
    expect(apiKey.expiresAt).toEqual(expiresAt)
    expect((await db.keys.get(apiKey.id))?.expiresAt).toEqual(expiresAt)
  })

  test.each([
    ['45s', 45_000],
    ['15m', 15 * 60_000],
    ['12h', 12 * hour],
    ['90d', 90 * day],
    ['2w', 14 * day],
    ['36525d', 36_525 * day]
  ])('expiresIn %s counts from now', async (expiresIn, ms) => {
    expect((await create({ expiresIn })).apiKey.expiresAt).toEqual(new Date(clock() + ms))
  })

  test('without an expiry, and with null, a key never expires', async () => {
    expect((await create()).apiKey.expiresAt).toBeNull()
    expect((await create({ expiresAt: null })).apiKey.expiresAt).toBeNull()
  })

  test.each([
    ['now', () => new Date(clock())],
    ['in the past', () => new Date(clock() - day)],
    ['an Invalid Date', () => new Date('no date')],
    ['in the year 10000', () => new Date('+010000-01-01T00:00:00Z')],
    ['at the end of time', () => new Date(8.64e15)],
    ['a number', () => clock() + day],
    ['a string', () => '2999-01-01T00:00:00Z'],
    ['an object with getTime', () => ({ getTime: () => clock() + day })]
  ])('expiresAt that is %s is refused', async (_, expiresAt) => {
    await refused({ expiresAt: expiresAt() }, 'expiresAt')
  })

  test.each(['', '0d', 0, '-1d', '1.5h', '1 d', '1y', '36526d', '9999999999s', 86_400, null])(
    'expiresIn %j is refused',
    async (expiresIn) => {
      await refused({ expiresIn }, 'expiresIn')
    }
  )

  test('expiresAt and expiresIn together are refused, also where expiresAt is null', async () => {
    await refused({ expiresAt: new Date(clock() + day), expiresIn: '1d' }, 'expiresIn')
    await refused({ expiresAt: null, expiresIn: '1d' }, 'expiresIn')
  })

  test('an unknown field is refused by its name, with the one that was meant', async () => {
    expect(await refused({ expiresin: '1d' }, 'expiresin')).toContain('did you mean "expiresIn"?')
    expect(await refused({ scope: ['a'] }, 'scope')).toContain('did you mean "scopes"?')
    expect(await refused({ isActive: true }, 'isActive')).toContain('It takes ownerId, name, scopes')
    await refused({ keyHash: '0'.repeat(64) }, 'keyHash')
  })

  test.each([undefined, null, 'laptop', 5, ['laptop']])('%j instead of an object is refused', async (input) => {
    const wrong = input as unknown as CreateKeyInput
    await expect(db.keys.create(wrong)).rejects.toMatchObject({ code: 'invalid_argument', field: 'input' })
  })
})
