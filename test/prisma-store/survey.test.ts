/** Keys that somebody should look at, counted by the database, for every way in which keys can be stored. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { KeyKind, NewKey } from '../../src/store.js'
import { day } from '../helpers/manual-clock.js'
import { type OpenStore, stores } from '../helpers/stores.js'

const now = new Date('2026-06-01T12:00:00.000Z')
const ago = (days: number) => new Date(now.getTime() - days * day)
const within = new Date(now.getTime() + day)

describe.each(stores)('a store on $name', ({ open }) => {
  let db: OpenStore
  let serial = 0

  async function add(ownerId: string, name: string, fields: Partial<NewKey> = {}) {
    const keyHash = (++serial).toString(16).padStart(64, '0')
    const usual = { hashAlg: null, scopes: ['reports:*'], metadata: null, allowedIps: null, rateLimit: null }
    const ends = { expiresAt: within, createdAt: ago(1) }
    return db.store.create({ ownerId, name, keyHash, keyPrefix: 'sk_AbCdEfGh...', ...usual, ...ends, ...fields })
  }

  const use = (id: unknown, at: Date) =>
    db.store.writeUsage({
      instanceId: `test-${++serial}`,
      seq: 1,
      now,
      entries: [{ apiKeyId: String(id), count: 1, lastUsedAtMs: at.getTime(), lastUsedIp: null, hours: [] }]
    })

  beforeAll(async () => {
    db = await open(() => now.getTime())
    const [ada, gone] = [await db.newOwner(), await db.newOwner()]
    await db.deactivate(gone)
    await add(ada, 'plain')
    await add(ada, 'endless', { expiresAt: null })
    const revoked = await add(ada, 'revoked endless', { expiresAt: null, scopes: ['*'], allowedIps: ['192.0.2.1'] })
    await db.store.revoke(revoked.id, { reason: null, now: ago(40) })
    await add(ada, 'never used', { createdAt: ago(100) })
    await use((await add(ada, 'used long ago', { createdAt: ago(200) })).id, ago(95))
    await use((await add(ada, 'used of late', { createdAt: ago(200) })).id, ago(1))
    await add(ada, 'expired of late', { createdAt: ago(200), expiresAt: ago(2), scopes: ['*'] })
    await add(ada, 'expired long ago', { createdAt: ago(200), expiresAt: ago(50) })
    await add(ada, 'all', { scopes: ['*'] })
    await add(ada, 'all beside', { scopes: ['a', '*'] })
    await add(gone, 'of nobody')
    await add(ada, 'slow', { hashAlg: 'bcrypt' })
    await add(ada, 'slow and gone', { hashAlg: 'bcrypt', expiresAt: ago(2) })
    await add(ada, 'with a secret', { hashAlg: 'hmac' })
    await add(ada, 'held', { allowedIps: ['192.0.2.0/24'] })
  })

  const survey = (kind: KeyKind, before = ago(90), examples = 5) => db.store.survey({ kind, now, before, examples })
  const namesOf = async (...args: Parameters<typeof survey>) => {
    const found = await survey(...args)
    expect(found?.count).toBe(found?.examples.length)
    return found?.examples.map(({ name }) => name).sort()
  }

  test('keys without expiry are those that are not revoked', async () => {
    expect(await namesOf('without_expiry')).toEqual(['endless'])
  })

  test('unused are those last used before a time, or made before it and never used, that are still in force', async () => {
    expect(await namesOf('unused')).toEqual(['never used', 'used long ago'])
    expect(await namesOf('unused', ago(97))).toEqual(['never used'])
  })

  test('all scopes is *, and not a wildcard for some', async () => {
    expect(await namesOf('all_scopes')).toEqual(['all', 'all beside'])
  })

  test('keys of inactive owners are named with their owner', async () => {
    const found = await survey('inactive_owner')
    expect(found).toMatchObject({ count: 1, examples: [{ name: 'of nobody', ownerId: 'owner-2' }] })
    expect(Object.keys(found?.examples[0] ?? {}).sort()).toEqual(['id', 'name', 'ownerId'])
  })

  test('ended are those that expired or were revoked before a time', async () => {
    expect(await namesOf('ended', ago(30))).toEqual(['expired long ago', 'revoked endless'])
    expect(await namesOf('ended', ago(45))).toEqual(['expired long ago'])
  })

  test('keys limited to addresses are counted while in force', async () => {
    expect(await namesOf('limited_to_addresses')).toEqual(['held'])
  })

  test('keys of a hash that needs something are counted while in force', async () => {
    expect(await namesOf('bcrypt')).toEqual(['slow'])
    expect(await namesOf('hmac')).toEqual(['with a secret'])
  })

  test('no more are named than asked for, and all are counted', async () => {
    const { count, examples } = (await survey('unused', within, 2)) ?? {}
    expect([count, examples?.length]).toEqual([11, 2])
  })
})
