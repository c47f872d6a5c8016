/** keys.rotate(): a new token for the same purpose, and an end for the old one. */
import type { RotateKeyInput, UpdateKeyInput } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { type FreshKeys, freshKeys } from '../helpers/keys.js'
import { day, hour, manualClock } from '../helpers/manual-clock.js'
import { recordEvents } from '../helpers/recorded-events.js'
import { rounds } from '../helpers/rounds.js'

const races = rounds(10, 50)

describe.each(databases)('rotate on $name', (database) => {
  const clock = manualClock()
  let db: FreshKeys
  beforeAll(async () => {
    db = await freshKeys(database, { now: clock })
  })
  const create = (input: UpdateKeyInput = {}) => db.keys.create({ ownerId: db.owner.id, name: 'laptop', ...input })
  const works = (token: string) =>
    db.keys.verify(token).then(
      () => true,
      () => false
    )
  const successorsOf = (id: unknown) => db.sql('SELECT id FROM api_keys WHERE rotated_from_id = ?', String(id))

  test('name, scopes, metadata and owner are copied; the token, the id and the counts are new', async () => {
    const given = { name: 'ci', scopes: ['a', 'b'], metadata: { team: 'red' } }
    const old = await create(given)
    await db.keys.verify(old.token)
    const { token, apiKey } = await db.keys.rotate(old.apiKey.id, { grace: '24h' })
    expect(apiKey).toMatchObject({ ...given, ownerId: db.owner.id, rotatedFromId: old.apiKey.id, usageCount: 0 })
    expect(apiKey.id).not.toBe(old.apiKey.id)
    expect(token).not.toBe(old.token)
    expect((await db.keys.verify(token)).apiKey).toMatchObject({ id: apiKey.id, scopes: ['a', 'b'] })
  })

  test('the old key works to the end of its grace and not a millisecond longer', async () => {
    const old = await create()
    const { token } = await db.keys.rotate(old.apiKey.id, { grace: '24h' })
    expect((await db.keys.get(old.apiKey.id))?.expiresAt).toEqual(new Date(clock() + day))
    clock.pass(day - 1)
    expect(await works(old.token)).toBe(true)
    clock.pass(1)
    expect(await works(old.token)).toBe(false)
    expect(await works(token)).toBe(true)
  })

  test('a grace of 0 ends the old key at once, without revoking it', async () => {
    const old = await create()
    await db.keys.rotate(old.apiKey.id, { grace: 0 })
    expect(await works(old.token)).toBe(false)
    expect(await db.keys.get(old.apiKey.id)).toMatchObject({ status: 'expired', isActive: true, revokedAt: null })
  })

  test.each([undefined, null, '', '24', 'soon', '-1h', 24, { gt: 0 }])('the grace %j is refused', async (grace) => {
    const { apiKey } = await create()
    const input = { grace } as unknown as RotateKeyInput
    await expect(db.keys.rotate(apiKey.id, input)).rejects.toMatchObject({ code: 'invalid_argument', field: 'grace' })
    expect(await db.keys.get(apiKey.id)).toEqual(apiKey)
  })

  test('the longest grace there is is taken', async () => {
    const { apiKey } = await create()
    await db.keys.rotate(apiKey.id, { grace: '36525d' })
    expect((await db.keys.get(apiKey.id))?.expiresAt).toEqual(new Date(clock() + 36_525 * day))
  })

  test('an end of its own that comes sooner than the grace is kept', async () => {
    const { apiKey } = await create({ expiresIn: '1h' })
    await db.keys.rotate(apiKey.id, { grace: '24h' })
    expect((await db.keys.get(apiKey.id))?.expiresAt).toEqual(apiKey.expiresAt)
  })

  test('the new key lives as long as the old one was made to live', async () => {
    const { apiKey } = await create({ expiresIn: '90d' })
    clock.pass(60 * day)
    const rotated = await db.keys.rotate(apiKey.id, { grace: '1h' })
    expect(rotated.apiKey.expiresAt).toEqual(new Date(clock() + 90 * day))
    expect((await db.keys.rotate((await create()).apiKey.id, { grace: 0 })).apiKey.expiresAt).toBeNull()
  })

  test('a lifetime to the end of the calendar is not carried past it', async () => {
    const { apiKey, token } = await create({ expiresAt: new Date('9999-12-30T00:00:00Z') })
    clock.pass(10 * day)
    const rotated = await db.keys.rotate(apiKey.id, { grace: '1h' })
    expect(rotated.apiKey.expiresAt?.getUTCFullYear()).toBe(9999)
    expect([await works(token), await works(rotated.token)]).toEqual([true, true])
  })

  test('an expiry that is given is taken instead', async () => {
    const old = await create({ expiresIn: '90d' })
    const rotated = await db.keys.rotate(old.apiKey.id, { grace: '1h', expiresIn: '7d' })
    expect(rotated.apiKey.expiresAt).toEqual(new Date(clock() + 7 * day))
    const never = await db.keys.rotate(rotated.apiKey.id, { grace: '1h', expiresAt: null })
    expect(never.apiKey.expiresAt).toBeNull()
    const both: RotateKeyInput = { grace: 0, expiresIn: '1d', expiresAt: null }
    await expect(db.keys.rotate(never.apiKey.id, both)).rejects.toMatchObject({ field: 'expiresIn' })
  })

  test('a revoked, an expired and a rotated key are conflicts, and get no successor', async () => {
    const revoked = (await create()).apiKey
    await db.keys.revoke(revoked.id)
    const expired = (await create({ expiresIn: '1h' })).apiKey
    clock.pass(hour)
    for (const { id } of [revoked, expired]) {
      const before = await db.keys.get(id)
      await expect(db.keys.rotate(id, { grace: 0 })).rejects.toMatchObject({ code: 'conflict', status: 409 })
      expect(await db.keys.get(id)).toEqual(before)
      expect(await successorsOf(id)).toEqual([])
    }
    const rotated = (await create()).apiKey
    await db.keys.rotate(rotated.id, { grace: '24h' })
    const before = await db.keys.get(rotated.id)
    await expect(db.keys.rotate(rotated.id, { grace: '48h' })).rejects.toMatchObject({ code: 'conflict' })
    expect(await db.keys.get(rotated.id)).toEqual(before)
    expect(await successorsOf(rotated.id)).toHaveLength(1)
  })

  test('an unknown id is not_found, an unknown field invalid_argument', async () => {
    await expect(db.keys.rotate('nothing', { grace: 0 })).rejects.toMatchObject({ code: 'not_found' })
    const input = { grace: 0, scopes: ['*'] } as RotateKeyInput
    await expect(db.keys.rotate((await create()).apiKey.id, input)).rejects.toMatchObject({ field: 'scopes' })
  })

  test(`of two rotations at once exactly one wins, in ${races} rounds`, async () => {
    for (let round = 0; round < races; round++) {
      const { apiKey } = await create()
      const rotate = () => db.keys.rotate(apiKey.id, { grace: '24h' })
      const results = await Promise.allSettled([rotate(), rotate()])
      const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.apiKey.id] : []))
      const codes = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []))
      expect(codes).toEqual(['conflict'])
      expect(await successorsOf(apiKey.id)).toEqual(won.map((id) => ({ id })))
    }
  })

  test('an event has both ids and the end of the old key', async () => {
    const { apiKey } = await create()
    const events = recordEvents()
    const successor = (await db.keys.rotate(apiKey.id, { grace: '24h' })).apiKey
    const ids = { apiKeyId: apiKey.id, newApiKeyId: successor.id, ownerId: db.owner.id }
    expect(events).toEqual([{ name: 'keystile:rotated', payload: { ...ids, oldExpiresAt: new Date(clock() + day) } }])
  })
})
