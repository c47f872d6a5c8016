/** keys.update(): what can be changed of a key, and when. */
import type { UpdateKeyInput } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { type FreshKeys, freshKeys } from '../helpers/keys.js'
import { day, manualClock } from '../helpers/manual-clock.js'
import { recordEvents } from '../helpers/recorded-events.js'

describe.each(databases)('update on $name', (database) => {
  const clock = manualClock()
  let db: FreshKeys
  beforeAll(async () => {
    db = await freshKeys(database, { now: clock })
  })
  const create = (input: UpdateKeyInput = {}) => db.keys.create({ ownerId: db.owner.id, name: 'laptop', ...input })

  test('the fields that are given change, the others stay', async () => {
    const { apiKey } = await create({ scopes: ['a'], expiresIn: '1d', metadata: { team: 'red' } })
    const renamed = await db.keys.update(apiKey.id, { name: 'desktop' })
    expect(renamed).toEqual({ ...apiKey, name: 'desktop', updatedAt: renamed.updatedAt })
    const rescoped = await db.keys.update(apiKey.id, { scopes: ['b', 'c'] })
    expect(rescoped).toEqual({ ...renamed, scopes: ['b', 'c'], updatedAt: rescoped.updatedAt })
    const moved = await db.keys.update(apiKey.id, { expiresIn: '2d' })
    expect(moved).toEqual({ ...rescoped, expiresAt: new Date(clock() + 2 * day), updatedAt: moved.updatedAt })
    expect(await db.keys.get(apiKey.id)).toEqual(moved)
  })

  test('null takes the expiry and the metadata away', async () => {
    const { apiKey } = await create({ expiresIn: '1d', metadata: { team: 'red' } })
    expect(await db.keys.update(apiKey.id, { expiresAt: null })).toMatchObject({
      expiresAt: null,
      metadata: { team: 'red' }
    })
    expect(await db.keys.update(apiKey.id, { metadata: null })).toMatchObject({ metadata: null })
  })

  test('the next request sees the new scopes', async () => {
    const { token, apiKey } = await create({ scopes: ['a', 'b'] })
    await db.keys.update(apiKey.id, { scopes: [] })
    expect((await db.keys.verify(token)).apiKey.scopes).toEqual([])
  })

  test('a key that has expired can be given more time', async () => {
    const { token, apiKey } = await create({ expiresIn: '1d' })
    clock.pass(day)
    await expect(db.keys.verify(token)).rejects.toMatchObject({ reason: 'expired' })
    await db.keys.update(apiKey.id, { expiresIn: '1d' })
    expect((await db.keys.verify(token)).apiKey.id).toBe(apiKey.id)
  })

  test('a field that is undefined is left out', async () => {
    const { apiKey } = await create({ scopes: ['a'] })
    const input = { name: 'desktop', scopes: undefined } as unknown as UpdateKeyInput
    expect(await db.keys.update(apiKey.id, input)).toMatchObject({ name: 'desktop', scopes: ['a'] })
  })

  test('nothing to change is refused, also where all is undefined', async () => {
    const { apiKey } = await create()
    for (const input of [{}, { name: undefined } as unknown as UpdateKeyInput]) {
      await expect(db.keys.update(apiKey.id, input)).rejects.toMatchObject({ code: 'invalid_argument' })
    }
  })

  test.each(['ownerId', 'id', 'isActive', 'is_active', 'revokedAt', 'keyHash', 'usageCount', 'nmae'])(
    'the field %s is refused and changes nothing',
    async (field) => {
      const { apiKey } = await create()
      const input = { name: 'changed', [field]: true } as UpdateKeyInput
      await expect(db.keys.update(apiKey.id, input)).rejects.toMatchObject({ code: 'invalid_argument', field })
      expect(await db.keys.get(apiKey.id)).toEqual(apiKey)
    }
  )

  test('a revoked key is a conflict and stays as it is', async () => {
    const { token, apiKey } = await create()
    const revoked = await db.keys.revoke(apiKey.id)
    for (const input of [{ name: 'x' }, { scopes: ['*'] }, { expiresAt: null }, { metadata: {} }]) {
      await expect(db.keys.update(apiKey.id, input)).rejects.toMatchObject({ code: 'conflict', status: 409 })
    }
    expect(await db.keys.get(apiKey.id)).toEqual(revoked)
    await expect(db.keys.verify(token)).rejects.toMatchObject({ code: 'invalid_token' })
  })

  test('a key that somebody disabled by SQL is a conflict too', async () => {
    const { apiKey } = await create()
    await db.sql('UPDATE api_keys SET is_active = ? WHERE id = ?', false, String(apiKey.id))
    await expect(db.keys.update(apiKey.id, { name: 'x' })).rejects.toMatchObject({ code: 'conflict' })
    expect(await db.keys.get(apiKey.id)).toMatchObject({ name: 'laptop', status: 'revoked', isActive: false })
  })

  test('the end of a rotated key can not be moved, its name can', async () => {
    const { apiKey } = await create()
    await db.keys.rotate(apiKey.id, { grace: '24h' })
    const expiresAt = new Date(clock() + day)
    for (const input of [{ expiresAt: null }, { expiresIn: '90d' as const, name: 'never written' }]) {
      await expect(db.keys.update(apiKey.id, input)).rejects.toMatchObject({ code: 'conflict' })
    }
    expect(await db.keys.update(apiKey.id, { name: 'old laptop' })).toMatchObject({ name: 'old laptop', expiresAt })
  })

  test('an unknown id is not_found', async () => {
    await expect(db.keys.update('nothing', { name: 'x' })).rejects.toMatchObject({ code: 'not_found', status: 404 })
  })

  test('an event names the fields and not their values; a refused change is no event', async () => {
    const { apiKey } = await create()
    const events = recordEvents()
    await db.keys.update(apiKey.id, { name: 'desktop', expiresIn: '1d', scopes: ['a'] })
    await expect(db.keys.update('nothing', { name: 'x' })).rejects.toThrow()
    const ids = { apiKeyId: apiKey.id, ownerId: db.owner.id }
    expect(events).toEqual([{ name: 'keystile:updated', payload: { ...ids, fields: ['name', 'expiresIn', 'scopes'] } }])
  })
})
