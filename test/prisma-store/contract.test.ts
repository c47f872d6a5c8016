/** What the interface Store promises of keys, for every way in which they can be stored. Counts and owners: contract-usage. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { ApiKeyRecord } from '../../src/api-key.js'
import type { NewKey, Store } from '../../src/store.js'
import { day, manualClock } from '../helpers/manual-clock.js'
import { type OpenStore, stores } from '../helpers/stores.js'

let serial = 0
const hashOf = (n: number) => n.toString(16).padStart(64, '0')

function newKey(ownerId: string, fields: Partial<NewKey> = {}): NewKey {
  serial++
  return {
    ownerId,
    name: `key ${serial}`,
    keyHash: hashOf(serial),
    hashAlg: null,
    keyPrefix: 'sk_AbCdEfGh...',
    scopes: ['reports:read', 'reports:write'],
    expiresAt: null,
    metadata: { team: 'red', size: 3 },
    allowedIps: ['203.0.113.0/24', '2001:db8::1'],
    rateLimit: { limit: 100, window: '1m' },
    createdAt: new Date('2026-03-01T10:00:00.123Z'),
    ...fields
  }
}

const soon = (ms: number) => new Date(Date.now() + ms)
const namesOf = (records: readonly ApiKeyRecord[]) => records.map(({ name }) => name)
const findByHash = async (store: Store, hash: string) => (await store.findByHashes([hash])).get(hash)
const unknown = '00000000-0000-7000-8000-000000000000'

describe.each(stores)('a store on $name', ({ open }) => {
  const clock = manualClock()
  let db: OpenStore
  let ownerId: string
  beforeAll(async () => {
    db = await open(clock)
    ownerId = await db.newOwner()
  })
  const create = (fields?: Partial<NewKey>) => db.store.create(newKey(ownerId, fields))
  const plan = (fields: object = {}) => {
    serial++
    const now = new Date(clock())
    return { keyHash: hashOf(serial), hashAlg: null, keyPrefix: 'sk_12345678...', now, oldEndsAt: soon(day), ...fields }
  }
  const revocation = (reason: string | null = null) => ({ reason, now: new Date(clock()) })

  test('a created key reads as it was given, with its defaults', async () => {
    const expiresAt = soon(day)
    const given = newKey(ownerId, { expiresAt })
    const created = await db.store.create(given)
    const { keyHash, hashAlg: _, ...shown } = given
    expect(created).toEqual({
      ...shown,
      id: created.id,
      status: 'active',
      isActive: true,
      revokedAt: null,
      revokedReason: null,
      rotatedFromId: null,
      lastUsedAt: null,
      lastUsedIp: null,
      usageCount: 0,
      updatedAt: given.createdAt,
      damaged: []
    })
    expect(await db.store.get(created.id)).toEqual(created)
    expect(JSON.stringify(created)).not.toContain(keyHash)
  })

  test('a key of an owner who does not exist is refused, and not written', async () => {
    const given = newKey('nobody')
    await expect(db.store.create(given)).rejects.toMatchObject({ name: 'ApiKeyError', code: 'owner_not_found' })
    expect(await findByHash(db.store, given.keyHash)).toBeUndefined()
  })

  test('a second key with a hash that is there is refused without its hash in the message', async () => {
    const given = newKey(ownerId)
    await db.store.create(given)
    const error = await db.store.create(given).catch((error: unknown) => error)
    expect(error).toMatchObject({ name: 'ApiKeyError' })
    expect(String(error)).not.toContain(given.keyHash)
  })

  test('a key is found by its hash, with its owner and its state', async () => {
    const given = newKey(ownerId, { expiresAt: soon(day) })
    const { id } = await db.store.create(given)
    expect(await findByHash(db.store, given.keyHash)).toMatchObject({
      keyHash: given.keyHash,
      hashAlg: null,
      state: { isRevoked: false, expiresAtMs: given.expiresAt?.getTime(), ownerIsActive: true, unreadable: [] },
      apiKey: { id, ownerId, scopes: given.scopes, metadata: given.metadata },
      owner: { id: ownerId, email: `${ownerId}@example.com`, name: 'Ada', isActive: true }
    })
    expect(await findByHash(db.store, 'f'.repeat(64))).toBeUndefined()
  })

  test('an unknown id is nothing to get, and not_found to every change', async () => {
    expect(await db.store.get(unknown)).toBeUndefined()
    const notFound = { name: 'ApiKeyError', code: 'not_found' }
    await expect(db.store.update(unknown, { name: 'x' })).rejects.toMatchObject(notFound)
    await expect(db.store.rotate(unknown, plan())).rejects.toMatchObject(notFound)
    await expect(db.store.revoke(unknown, revocation())).rejects.toMatchObject(notFound)
    await expect(db.store.delete(unknown)).rejects.toMatchObject(notFound)
  })

  test('an update changes what it was given and nothing else', async () => {
    const before = await create({ expiresAt: soon(day) })
    const after = await db.store.update(before.id, { name: 'renamed' })
    expect(after).toEqual({ ...before, name: 'renamed', updatedAt: after.updatedAt })
    const cleared = await db.store.update(before.id, { scopes: [], expiresAt: null, metadata: null })
    expect(cleared).toEqual({ ...after, scopes: [], expiresAt: null, metadata: null, updatedAt: cleared.updatedAt })
    expect(await db.store.get(before.id)).toEqual(cleared)
  })

  test('two updates of different fields at once both stay', async () => {
    const { id } = await create()
    await Promise.all([db.store.update(id, { name: 'both' }), db.store.update(id, { scopes: ['a'] })])
    expect(await db.store.get(id)).toMatchObject({ name: 'both', scopes: ['a'] })
  })

  test('a revoked key is a conflict to an update and a rotation, and stays as it is', async () => {
    const { id } = await create()
    await db.store.revoke(id, revocation('leaked'))
    const before = await db.store.get(id)
    await expect(db.store.update(id, { name: 'x' })).rejects.toMatchObject({ code: 'conflict' })
    await expect(db.store.rotate(id, plan())).rejects.toMatchObject({ code: 'conflict' })
    expect(await db.store.get(id)).toEqual(before)
  })

  test('a rotation makes the successor and sets the end of the old key', async () => {
    const before = await create({ expiresAt: soon(90 * day) })
    const rotation = plan()
    const { old, successor } = await db.store.rotate(before.id, rotation)
    expect(old).toMatchObject({ id: before.id, isActive: true, expiresAt: rotation.oldEndsAt, scopes: before.scopes })
    const { name, scopes, metadata, allowedIps, rateLimit } = before
    expect(successor).toMatchObject({
      ownerId,
      name,
      scopes,
      metadata,
      allowedIps,
      rateLimit,
      rotatedFromId: before.id,
      usageCount: 0
    })
    expect((await findByHash(db.store, rotation.keyHash))?.apiKey.id).toBe(successor.id)
  })

  test('of two rotations at once one makes a successor, the other is a conflict and leaves nothing', async () => {
    const { id } = await create()
    const plans = [plan(), plan()] as const
    const results = await Promise.allSettled(plans.map((each) => db.store.rotate(id, each)))
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'conflict' } })
    const found = await Promise.all(plans.map(({ keyHash }) => findByHash(db.store, keyHash)))
    expect(found.filter((each) => each !== undefined)).toHaveLength(1)
  })

  test('a rotation of an expired key is a conflict', async () => {
    const { id } = await create({ expiresAt: new Date(clock()) })
    await expect(db.store.rotate(id, plan())).rejects.toMatchObject({ code: 'conflict' })
  })

  test('a revocation returns the key and its predecessors in grace; the next one returns nothing', async () => {
    const first = await create()
    const { successor: second } = await db.store.rotate(first.id, plan())
    const { successor: third } = await db.store.rotate(second.id, plan({ oldEndsAt: new Date(clock()) }))
    const { now, reason } = revocation('leaked')
    const revoked = await db.store.revoke(third.id, { now, reason })
    expect(revoked.map(({ id }) => id)).toEqual([third.id, first.id])
    for (const record of revoked) {
      expect(record).toMatchObject({ status: 'revoked', isActive: false, revokedAt: now, revokedReason: 'leaked' })
    }
    expect(await db.store.get(second.id)).toMatchObject({ status: 'expired', revokedAt: null })
    clock.pass(1)
    expect(await db.store.revoke(third.id, revocation('again'))).toEqual([])
    expect(await db.store.get(third.id)).toMatchObject({ revokedAt: now, revokedReason: 'leaked' })
  })

  test('all keys of an owner are revoked, those of others are not', async () => {
    const owner = await db.newOwner()
    const mine = await Promise.all([1, 2, 3].map(() => db.store.create(newKey(owner))))
    const other = await create()
    const earlier = await db.store.revoke(mine[0]?.id ?? '', revocation('first'))
    const revoked = await db.store.revokeOwner(owner, revocation('left'))
    expect(revoked.map(({ id }) => id).sort()).toEqual([mine[1]?.id, mine[2]?.id].sort())
    expect(await db.store.get(mine[0]?.id ?? '')).toEqual(earlier[0])
    expect(await db.store.get(other.id)).toMatchObject({ isActive: true })
    expect(await db.store.revokeOwner(owner, revocation())).toEqual([])
  })

  test('a deleted key is returned as it was, and gone', async () => {
    const created = await create()
    expect(await db.store.delete(created.id)).toEqual(created)
    expect(await db.store.get(created.id)).toBeUndefined()
  })

  test('prune removes what ended before the time, not what ended at it', async () => {
    const owner = await db.newOwner()
    const limit = new Date('2026-02-01T00:00:00.500Z')
    const justBefore = new Date(limit.getTime() - 1)
    const make = (name: string, expiresAt: Date | null) => db.store.create(newKey(owner, { name, expiresAt }))
    await make('expired before', justBefore)
    await make('expired at', limit)
    await make('never', null)
    for (const [name, now] of [
      ['revoked before', justBefore],
      ['revoked at', limit]
    ] as const) {
      await db.store.revoke((await make(name, null)).id, { reason: null, now })
    }
    expect(await db.store.prune(limit)).toBe(2)
    const left = await db.store.list({ ownerId: owner, limit: 10 })
    expect(namesOf(left).sort()).toEqual(['expired at', 'never', 'revoked at'])
  })

  test('the list is newest first, by id where times are the same, and goes on behind a row', async () => {
    const owner = await db.newOwner()
    const at = (ms: number) => new Date(Date.parse('2026-05-01T00:00:00Z') + ms)
    for (const ms of [0, 1, 1, 1, 2]) await db.store.create(newKey(owner, { createdAt: at(ms) }))
    const all = await db.store.list({ ownerId: owner, limit: 10 })
    expect(all).toEqual([...all].sort((a, b) => +b.createdAt - +a.createdAt || (a.id < b.id ? 1 : -1)))
    expect(all).toHaveLength(5)
    for (const [index, after] of all.entries()) {
      expect(await db.store.list({ ownerId: owner, limit: 2, after })).toEqual(all.slice(index + 1, index + 3))
    }
    const [, , middle] = all
    await db.store.delete(middle?.id ?? '')
    expect(await db.store.list({ ownerId: owner, limit: 10, ...(middle && { after: middle }) })).toEqual(all.slice(3))
    expect(await db.store.list({ limit: 1 })).toHaveLength(1)
  })
})
