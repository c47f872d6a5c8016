/** A pepper: what is stored with it, how a new one comes in, and what is refused. */
import { createHmac } from 'node:crypto'
import { type ApiKeysOptions, createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { hashToken } from '../../src/hash.js'
import { databases } from '../helpers/databases.js'
import { type FreshKeys, freshKeys } from '../helpers/keys.js'
import { storedHash } from './rows.js'

const pepper = 'p'.repeat(32)
const newer = 'n'.repeat(32)
const hmac = (token: string, secret: string) => createHmac('sha256', secret).update(token).digest('hex')

/** Another process, with other settings. */
async function withOther<T>(
  { url }: FreshKeys,
  options: ApiKeysOptions,
  work: (keys: FreshKeys['keys']) => Promise<T>
) {
  const keys = createApiKeys({ ...options, url })
  try {
    return await work(keys)
  } finally {
    await keys.close()
  }
}

describe.each(databases)('on $name', (database) => {
  test('new keys, and the successors of rotated ones, are hashed with it', async () => {
    const fresh = await freshKeys(database, { hash: { hmac: [pepper] } })
    const { token, apiKey } = await fresh.keys.create({ ownerId: fresh.owner.id, name: 'laptop' })
    expect(await storedHash(fresh, String(apiKey.id))).toEqual({ key_hash: hmac(token, pepper), hash_alg: 'hmac' })
    expect((await fresh.keys.verify(token)).apiKey.id).toBe(apiKey.id)
    const next = await fresh.keys.rotate(apiKey.id, { grace: '1h' })
    expect(await storedHash(fresh, String(next.apiKey.id))).toMatchObject({ key_hash: hmac(next.token, pepper) })
    expect((await fresh.keys.verify(next.token)).apiKey.id).toBe(next.apiKey.id)
  })

  test('a key without it is let in and hashed anew, once, also by two at once', async () => {
    const fresh = await freshKeys(database)
    const { token, apiKey } = await fresh.keys.create({ ownerId: fresh.owner.id, name: 'laptop' })
    await withOther(fresh, { hash: { hmac: [pepper] } }, async (keys) => {
      const both = await Promise.all([keys.verify(token), keys.verify(token)])
      expect(both.map(({ apiKey: { id } }) => id)).toEqual([apiKey.id, apiKey.id])
      expect(await storedHash(fresh, String(apiKey.id))).toEqual({ key_hash: hmac(token, pepper), hash_alg: 'hmac' })
      expect((await keys.verify(token)).apiKey.id).toBe(apiKey.id)
    })
    await expect(fresh.keys.verify(token)).rejects.toMatchObject({ reason: 'unknown' })
    expect((await fresh.keys.get(apiKey.id))?.usageCount).toBe(3)
  })

  test('an older secret goes on, and gives way to the newest when a key is used', async () => {
    const fresh = await freshKeys(database, { hash: { hmac: [pepper] } })
    const { token, apiKey } = await fresh.keys.create({ ownerId: fresh.owner.id, name: 'laptop' })
    await withOther(fresh, { hash: { hmac: [newer, pepper] } }, (keys) => keys.verify(token))
    expect(await storedHash(fresh, String(apiKey.id))).toEqual({ key_hash: hmac(token, newer), hash_alg: 'hmac' })
    await withOther(fresh, { hash: { hmac: [newer] } }, (keys) => keys.verify(token))
    const back = withOther(fresh, { acceptHmac: [newer] }, (keys) => keys.verify(token))
    expect((await back).apiKey.id).toBe(apiKey.id)
    expect(await storedHash(fresh, String(apiKey.id))).toEqual({ key_hash: hmac(token, newer), hash_alg: 'hmac' })
  })

  test('plain ones can be refused, and are then neither let in nor hashed anew, yet can be revoked by token', async () => {
    const fresh = await freshKeys(database)
    const { token, apiKey } = await fresh.keys.create({ ownerId: fresh.owner.id, name: 'laptop' })
    await withOther(fresh, { hash: { hmac: [pepper], plain: 'refuse' } }, async (keys) => {
      await expect(keys.verify(token)).rejects.toMatchObject({ code: 'invalid_token' })
      expect(await storedHash(fresh, String(apiKey.id))).toEqual({ key_hash: hashToken(token), hash_alg: null })
      expect((await keys.revokeToken(token)).id).toBe(apiKey.id)
    })
  })

  test('nor is a bcrypt hash taken then: it has no pepper either', async () => {
    const fresh = await freshKeys(database, { hash: 'bcrypt', deadlineMs: 20_000 })
    const { token } = await fresh.keys.create({ ownerId: fresh.owner.id, name: 'laptop' })
    await withOther(fresh, { hash: { hmac: [pepper], plain: 'refuse' } }, async (keys) => {
      await expect(keys.verify(token)).rejects.toMatchObject({ code: 'invalid_token' })
    })
    await withOther(fresh, { hash: { hmac: [pepper] }, deadlineMs: 20_000 }, (keys) => keys.verify(token))
  })

  test('a key that is refused keeps its hash', async () => {
    const fresh = await freshKeys(database)
    const { token, apiKey } = await fresh.keys.create({ ownerId: fresh.owner.id, name: 'laptop' })
    await fresh.keys.revoke(apiKey.id)
    await withOther(fresh, { hash: { hmac: [pepper] } }, async (keys) => {
      await expect(keys.verify(token)).rejects.toMatchObject({ reason: 'revoked' })
    })
    expect(await storedHash(fresh, String(apiKey.id))).toMatchObject({ hash_alg: null })
  })

  test('with usage written first, each use counts once while hashes are replaced', async () => {
    const fresh = await freshKeys(database)
    const { token, apiKey } = await fresh.keys.create({ ownerId: fresh.owner.id, name: 'laptop' })
    await withOther(fresh, { hash: { hmac: [pepper] }, usage: 'immediate' }, async (keys) => {
      for (let i = 0; i < 3; i++) await keys.verify(token)
    })
    expect((await fresh.keys.get(apiKey.id))?.usageCount).toBe(3)
  })
})
