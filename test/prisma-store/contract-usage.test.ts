/** What the interface Store promises of counts and owners, for every way in which keys can be stored. */
import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { UsageEntry } from '../../src/store.js'
import { type OpenStore, stores } from '../helpers/stores.js'

let serial = 0
const createdAt = new Date('2026-03-01T10:00:00.123Z')
const at = (seconds: number) => new Date(Date.parse('2026-06-01T00:00:00.250Z') + seconds * 1_000)
const atMs = (seconds: number) => at(seconds).getTime()

describe.each(stores)('a store on $name', ({ open }) => {
  let db: OpenStore
  let ownerId: string
  beforeAll(async () => {
    db = await open(Date.now)
    ownerId = await db.newOwner()
  })
  const create = () => {
    const keyHash = (++serial).toString(16).padStart(64, '0')
    const fields = {
      name: 'laptop',
      keyPrefix: 'sk_AbCdEfGh...',
      scopes: [],
      expiresAt: null,
      metadata: null,
      allowedIps: null,
      rateLimit: null
    }
    return db.store.create({ ...fields, ownerId, keyHash, hashAlg: null, createdAt })
  }
  const oneUse = { apiKeyId: '', count: 1, lastUsedAtMs: atMs(0), lastUsedIp: null, hours: [] }
  /** An instance that writes batches: each call is the next, unless a number is given. */
  const writer = () => {
    const instanceId = randomUUID()
    let last = 0
    return (entries: readonly Partial<UsageEntry>[], seq = ++last) => {
      const full = entries.map((entry) => ({ ...oneUse, ...entry }))
      return db.store.writeUsage({ instanceId, seq, now: new Date(), entries: full })
    }
  }

  test('counts are added, the last time and address set, and updatedAt is not moved', async () => {
    const [one, two] = [await create(), await create()]
    const write = writer()
    await write([
      { apiKeyId: one.id, count: 3, lastUsedAtMs: atMs(5), lastUsedIp: '192.0.2.1' },
      { apiKeyId: two.id, count: 4, lastUsedAtMs: atMs(6), lastUsedIp: '2001:db8::1' }
    ])
    await write([{ apiKeyId: one.id, count: 7, lastUsedAtMs: atMs(9), lastUsedIp: null }])
    const used = { usageCount: 10, lastUsedAt: at(9), lastUsedIp: null }
    expect(await db.store.get(one.id)).toEqual({ ...one, ...used })
    expect(await db.store.get(two.id)).toEqual({
      ...two,
      usageCount: 4,
      lastUsedAt: at(6),
      lastUsedIp: '2001:db8::1'
    })
  })

  test('a batch that is written again adds nothing, neither do earlier ones', async () => {
    const { id } = await create()
    const write = writer()
    await write([{ apiKeyId: id, count: 3 }], 1)
    await write([{ apiKeyId: id, count: 3 }], 1)
    await write([{ apiKeyId: id, count: 5 }], 2)
    await write([{ apiKeyId: id, count: 3 }], 1)
    expect(await db.store.get(id)).toMatchObject({ usageCount: 8 })
  })

  test('hours are added once for each batch, and those of keys that are gone are passed over', async () => {
    const { id } = await create()
    const [one, two] = [writer(), writer()]
    const range = { apiKeyIds: [id, 'never was'], from: at(-86_400), to: at(86_400) }
    const hours = [
      { startMs: Date.parse('2026-06-01T00:00:00Z'), allowed: 3, denied: 0 },
      { startMs: Date.parse('2026-06-01T01:00:00Z'), allowed: -1, denied: 1 }
    ]
    for (const seq of [1, 1, 2, 1]) await one([{ apiKeyId: id, count: 2, hours }], seq)
    await two([
      { apiKeyId: id, count: 0, lastUsedAtMs: 0, hours: hours.slice(0, 1) },
      { apiKeyId: 'never was', hours }
    ])
    const found = (await db.store.readUsage(range)).toSorted((a, b) => a.hour.getTime() - b.hour.getTime())
    expect(found).toEqual([
      { apiKeyId: id, hour: new Date('2026-06-01T00:00:00Z'), allowed: 9, denied: 0 },
      { apiKeyId: id, hour: new Date('2026-06-01T01:00:00Z'), allowed: -2, denied: 2 }
    ])
    expect(await db.store.get(id)).toMatchObject({ usageCount: 4, lastUsedAt: at(0) })
  })

  test('batches of different instances with the same number both count', async () => {
    const { id } = await create()
    await Promise.all([writer()([{ apiKeyId: id, count: 2 }]), writer()([{ apiKeyId: id, count: 3 }])])
    expect(await db.store.get(id)).toMatchObject({ usageCount: 5 })
  })

  test('an earlier time adds its count and moves neither the time nor the address back', async () => {
    const { id } = await create()
    const write = writer()
    await write([{ apiKeyId: id, lastUsedAtMs: atMs(60), lastUsedIp: '192.0.2.60' }])
    await write([{ apiKeyId: id, lastUsedAtMs: atMs(30), lastUsedIp: '192.0.2.30' }])
    expect(await db.store.get(id)).toMatchObject({ usageCount: 2, lastUsedAt: at(60), lastUsedIp: '192.0.2.60' })
  })

  test('keys that are gone are passed over', async () => {
    const [stays, goes] = [await create(), await create()]
    await db.store.delete(goes.id)
    await writer()([{ apiKeyId: goes.id }, { apiKeyId: stays.id, count: 2 }, { apiKeyId: 'never was' }])
    expect(await db.store.get(stays.id)).toMatchObject({ usageCount: 2 })
    expect(await db.store.get(goes.id)).toBeUndefined()
  })

  test('counts that come while the key is renamed and revoked are all there, and so are the changes', async () => {
    const { id } = await create()
    const write = writer()
    const counts = async () => {
      for (let i = 0; i < 20; i++) await write([{ apiKeyId: id, count: 5 }])
    }
    const changes = async () => {
      for (let i = 0; i < 10; i++) await db.store.update(id, { name: `name ${i}` })
      await db.store.revoke(id, { reason: 'over', now: new Date() })
    }
    await Promise.all([counts(), changes()])
    expect(await db.store.get(id)).toMatchObject({ usageCount: 100, name: 'name 9', status: 'revoked' })
  })

  test('an owner is found by the email, and only by it', async () => {
    const id = await db.newOwner()
    expect(await db.store.findOwner(`${id}@example.com`)).toMatchObject({ id, name: 'Ada', isActive: true })
    expect(await db.store.findOwner('nobody@example.com')).toBeUndefined()
  })
})

describe.each(stores.filter(({ own }) => own))('owners on $name', ({ open }) => {
  test('an owner is made once, also by ten at the same time', async () => {
    const { store } = await open(Date.now)
    const wanted = { email: 'grace@example.com', name: 'Grace' }
    const made = await Promise.all(Array.from({ length: 10 }, () => store.ensureOwner(wanted)))
    expect(new Set(made.map(({ owner }) => owner.id)).size).toBe(1)
    expect(made.filter(({ created }) => created)).toHaveLength(1)
    const again = await store.ensureOwner({ ...wanted, name: 'Other' })
    expect(again).toMatchObject({ created: false, owner: { name: 'Grace' } })
  })
})

describe.each(stores.filter(({ own }) => !own))('owners on $name', ({ open }) => {
  test("none is made: they are the app's", async () => {
    const { store } = await open(Date.now)
    const wanted = { email: 'grace@example.com', name: 'Grace' }
    await expect(store.ensureOwner(wanted)).rejects.toMatchObject({ code: 'invalid_argument', field: 'email' })
    expect(await store.findOwner(wanted.email)).toBeUndefined()
  })

  test('close leaves the client connected', async () => {
    const { store, newOwner } = await open(Date.now)
    const id = await newOwner()
    await store.close()
    expect(await store.findOwner(`${id}@example.com`)).toMatchObject({ id })
  })
})
