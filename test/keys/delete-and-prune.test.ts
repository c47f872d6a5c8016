/** keys.delete() and keys.prune(), and what becomes of keys whose owner is deleted. */
import type { Duration, UpdateKeyInput } from 'keystile'
import { createApiKeys } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { type FreshKeys, freshKeys } from '../helpers/keys.js'
import { day, manualClock } from '../helpers/manual-clock.js'
import { recordEvents } from '../helpers/recorded-events.js'
import { userClients } from '../helpers/stores.js'

const invalidToken = { code: 'invalid_token', status: 401 }

describe.each(databases)('on $name', (database) => {
  const clock = manualClock()
  let db: FreshKeys
  beforeAll(async () => {
    db = await freshKeys(database, { now: clock })
  })
  const create = (input: UpdateKeyInput = {}) => db.keys.create({ ownerId: db.owner.id, name: 'laptop', ...input })
  const exists = async (id: unknown) => (await db.keys.get(id as string)) !== null

  test('a deleted key is returned, refused and gone; the next time it is not_found', async () => {
    const { token, apiKey } = await create()
    const events = recordEvents()
    expect(await db.keys.delete(apiKey.id)).toEqual(apiKey)
    expect(events).toEqual([{ name: 'keystile:deleted', payload: { apiKeyId: apiKey.id, ownerId: db.owner.id } }])
    expect(await exists(apiKey.id)).toBe(false)
    await expect(db.keys.verify(token)).rejects.toMatchObject({ ...invalidToken, reason: 'unknown' })
    await expect(db.keys.delete(apiKey.id)).rejects.toMatchObject({ code: 'not_found', status: 404 })
  })

  test('of two deletions at once one wins', async () => {
    const { id } = (await create()).apiKey
    const results = await Promise.allSettled([db.keys.delete(id), db.keys.delete(id)])
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'not_found' } })
  })

  test('prune removes what ended longer ago than it says, and not what ended just so long ago', async () => {
    const expires = (await create({ expiresIn: '1d' })).apiKey
    const revoked = (await create()).apiKey
    const stays = (await create()).apiKey
    clock.pass(day)
    await db.keys.revoke(revoked.id)
    clock.pass(7 * day)
    expect(await db.keys.prune({ olderThan: '7d' })).toMatchObject({ deleted: 0 })
    clock.pass(1)
    expect(await db.keys.prune({ olderThan: '7d' })).toMatchObject({ deleted: 2 })
    expect(await Promise.all([expires, revoked, stays].map(({ id }) => exists(id)))).toEqual([false, false, true])
  })

  test('prune goes 30 days back by default', async () => {
    const { id } = (await create({ expiresIn: '1d' })).apiKey
    clock.pass(31 * day)
    expect(await db.keys.prune()).toMatchObject({ deleted: 0 })
    clock.pass(1)
    expect(await db.keys.prune({})).toMatchObject({ deleted: 1 })
    expect(await exists(id)).toBe(false)
  })

  test('prune with 0 leaves active keys and a predecessor in grace', async () => {
    const old = await create()
    const { token } = await db.keys.rotate(old.apiKey.id, { grace: '24h' })
    await db.keys.prune({ olderThan: 0 })
    for (const each of [old.token, token]) expect(await db.keys.verify(each)).toBeDefined()
  })

  test('more keys than one statement takes are pruned', async () => {
    const at = database.provider === 'sqlite' ? `'2026-01-01T00:00:00.000+00:00'` : `TIMESTAMPTZ '2026-01-01T00:00:00Z'`
    await db.sql(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1203)
      INSERT INTO api_keys (id, user_id, name, key_hash, key_prefix, updated_at, expires_at)
      SELECT 'many-' || i, CAST(? AS TEXT), 'many', 'many-' || i, 'sk_', ${at}, ${at} FROM n`,
      String(db.owner.id)
    )
    expect(await db.keys.prune()).toMatchObject({ deleted: 1_203 })
  })

  test.each(['', '30', '-1d', 30, null, { lt: 0 }, new Date(0)])('olderThan %j is refused', async (olderThan) => {
    const input = { olderThan: olderThan as Duration }
    await expect(db.keys.prune(input)).rejects.toMatchObject({ code: 'invalid_argument', field: 'olderThan' })
  })

  test('an unknown field of prune is refused', async () => {
    const input = { olderthan: '30d' } as object
    await expect(db.keys.prune(input)).rejects.toThrow('did you mean "olderThan"?')
  })

  test('an owner deleted by SQL takes all keys along, and no others', async () => {
    const owner = await db.newOwner()
    const own = await Promise.all([1, 2].map((n) => db.keys.create({ ownerId: owner.id, name: `${n}` })))
    const other = await create()
    await db.sql('DELETE FROM users WHERE id = ?', String(owner.id))
    expect(await db.keys.list({ ownerId: owner.id })).toEqual({ items: [], nextCursor: null })
    for (const { token } of own) await expect(db.keys.verify(token)).rejects.toMatchObject(invalidToken)
    expect(await db.keys.verify(other.token)).toBeDefined()
  })

  test('so does an owner deleted with Prisma', async () => {
    const make = userClients.find(({ provider }) => provider === database.provider)?.make
    const client = make?.(db.url) as { user: { delete(args: object): Promise<unknown> }; $disconnect(): Promise<void> }
    const keys = createApiKeys({ prisma: client })
    const owner = await db.newOwner()
    const { token, apiKey } = await keys.create({ ownerId: owner.id, name: 'laptop' })
    expect((await db.keys.verify(token)).apiKey.id).toBe(apiKey.id)
    await client.user.delete({ where: { id: owner.id } })
    expect(await exists(apiKey.id)).toBe(false)
    await expect(keys.verify(token)).rejects.toMatchObject(invalidToken)
    await keys.close()
    await client.$disconnect()
  })
})
