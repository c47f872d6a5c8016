/** The audit trail: what is written with each change, and how it is read and pruned. */
import type { ListEventsInput } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { hashToken } from '../../src/hash.js'
import { databases } from '../helpers/databases.js'
import { type FreshKeys, freshKeys } from '../helpers/keys.js'
import { day, manualClock } from '../helpers/manual-clock.js'
import { refuseInserts } from '../helpers/refused-writes.js'

const ada = { actor: 'ada@example.com', ip: '::ffff:192.0.2.7' }
const byAda = { actor: 'ada@example.com', ip: '192.0.2.7' }

describe.each(databases)('on $name', (database) => {
  const clock = manualClock()
  let db: FreshKeys
  beforeAll(async () => {
    db = await freshKeys(database, { now: clock })
  })
  const create = (name = 'laptop') => db.keys.create({ ownerId: db.owner.id, name, scopes: ['reports:read'] }, ada)
  const eventsOf = async (apiKeyId: unknown) => (await db.keys.events({ apiKeyId: apiKeyId as string })).items
  const typesOf = async (apiKeyId: unknown) => (await eventsOf(apiKeyId)).map(({ type }) => type)

  test('each change tells who made it, when, from where, and what it was', async () => {
    const { apiKey } = await create()
    const about = { apiKeyId: apiKey.id, ownerId: db.owner.id, ...byAda, createdAt: new Date(clock()) }
    const made = { name: 'laptop', keyPrefix: apiKey.keyPrefix, scopes: ['reports:read'], expiresAt: null }
    clock.pass(1_000)
    await db.keys.update(apiKey.id, { name: 'old', scopes: [], metadata: { team: 'x' } }, { actor: 'root' })
    clock.pass(1_000)
    const successor = (await db.keys.rotate(apiKey.id, { grace: '1h' }, ada)).apiKey
    clock.pass(1_000)
    await db.keys.revoke(successor.id, { reason: 'leaked' }, ada)
    clock.pass(1_000)
    await db.keys.delete(apiKey.id)
    expect((await eventsOf(apiKey.id)).map(({ id, ...rest }) => rest)).toMatchObject([
      { type: 'deleted', actor: null, ip: null, changes: { name: 'old' } },
      { type: 'revoked', ...byAda, changes: { reason: 'leaked' } },
      { type: 'rotated', ...byAda, changes: { newApiKeyId: successor.id } },
      {
        type: 'updated',
        actor: 'root',
        ip: null,
        changes: {
          name: { from: 'laptop', to: 'old' },
          scopes: { from: ['reports:read'], to: [] },
          metadata: { from: null, to: { team: 'x' } }
        }
      },
      { type: 'created', ...about, changes: made }
    ])
    expect(await eventsOf(successor.id)).toMatchObject([
      { type: 'revoked', changes: { reason: 'leaked' } },
      { type: 'created', changes: { name: 'old', rotatedFromId: apiKey.id } }
    ])
  })

  test('no token and no hash is in it', async () => {
    const { apiKey, token } = await create()
    const rotated = await db.keys.rotate(apiKey.id, { grace: 0 })
    const rows = await db.sql('SELECT * FROM api_key_events')
    const text = JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? String(value) : value))
    for (const secret of [token, rotated.token]) {
      expect(text).not.toContain(secret.slice(0, 20))
      expect(text).not.toContain(hashToken(secret))
    }
  })

  test('what changes nothing, and what is refused, is not in it', async () => {
    const { id } = (await create()).apiKey
    await db.keys.update(id, { name: 'laptop', scopes: ['reports:read'] })
    await db.keys.revoke(id)
    await db.keys.revoke(id)
    await expect(db.keys.update(id, { name: 'x' })).rejects.toMatchObject({ code: 'conflict' })
    await expect(db.keys.rotate(id, { grace: 0 })).rejects.toMatchObject({ code: 'conflict' })
    expect(await typesOf(id)).toEqual(['revoked', 'created'])
  })

  test('revokeOwner and prune tell of each key', async () => {
    const owner = await db.newOwner()
    const made = await Promise.all([1, 2].map((n) => db.keys.create({ ownerId: owner.id, name: `${n}` })))
    await db.keys.revokeOwner(owner.id, { reason: 'left' }, ada)
    clock.pass(40 * day)
    await db.keys.prune({}, { actor: 'cron' })
    for (const { apiKey } of made) {
      expect(await eventsOf(apiKey.id)).toMatchObject([
        { type: 'deleted', actor: 'cron' },
        { type: 'revoked', ...byAda },
        { type: 'created' }
      ])
    }
  })

  test('of two deletions at once one is told', async () => {
    const { id } = (await create()).apiKey
    await Promise.allSettled([db.keys.delete(id), db.keys.delete(id)])
    expect(await typesOf(id)).toEqual(['deleted', 'created'])
  })

  test('twenty changes of a name at once lead from each to the next', async () => {
    const { id } = (await create('start')).apiKey
    await Promise.all(Array.from({ length: 20 }, (_, i) => db.keys.update(id, { name: `name ${i}` })))
    const changes = (await eventsOf(id)).flatMap(({ type, changes }) =>
      type === 'updated' ? [changes['name'] as { from: string; to: string }] : []
    )
    const next = new Map(changes.map(({ from, to }) => [from, to]))
    let [name, steps] = ['start', 0]
    for (let to = next.get(name); to !== undefined; to = next.get(name)) [name, steps] = [to, steps + 1]
    expect({ name, steps }).toEqual({ name: (await db.keys.get(id))?.name, steps: 20 })
  })

  test('where the entry can not be written, the change has not happened', async () => {
    const { id } = (await create()).apiKey
    const refusal = await refuseInserts(database, db.sql, 'api_key_events')
    await expect(db.keys.revoke(id)).rejects.toThrow()
    await expect(db.keys.update(id, { name: 'other' })).rejects.toThrow()
    await expect(db.keys.delete(id)).rejects.toThrow()
    await refusal.end()
    expect(await db.keys.get(id)).toMatchObject({ status: 'active', name: 'laptop' })
    expect(await typesOf(id)).toEqual(['created'])
  })

  test('it is read a page at a time, by key or by owner, and survives the owner', async () => {
    const owner = await db.newOwner()
    const { apiKey } = await db.keys.create({ ownerId: owner.id, name: 'first' })
    for (let i = 0; i < 4; i++) await db.keys.update(apiKey.id, { name: `name ${i}` })
    await db.keys.create({ ownerId: owner.id, name: 'second' })
    await db.sql('DELETE FROM users WHERE id = ?', String(owner.id))
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page = await db.keys.events({ ownerId: owner.id, limit: 4, ...(cursor !== null && { cursor }) })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(new Set(seen).size).toBe(6)
    expect(seen).toHaveLength(6)
    expect(await typesOf(apiKey.id)).toEqual(['updated', 'updated', 'updated', 'updated', 'created'])
  })

  test('prune removes what is older than keepEventsFor, and no more', async () => {
    const old = (await create()).apiKey
    clock.pass(400 * day)
    expect((await db.keys.prune()).deletedEvents).toBeGreaterThanOrEqual(0)
    expect(await typesOf(old.id)).toEqual(['created'])
    const fresh = (await create()).apiKey
    clock.pass(1)
    expect((await db.keys.prune()).deletedEvents).toBeGreaterThan(0)
    expect(await typesOf(old.id)).toEqual([])
    expect(await typesOf(fresh.id)).toEqual(['created'])
  })

  test.each([
    [{ limit: 0 }, 'limit'],
    [{ limit: 101 }, 'limit'],
    [{ cursor: 'x' }, 'cursor'],
    [{ apiKeyId: { not: '' } }, 'apiKeyId'],
    [{ ownerId: { not: '' } }, 'ownerId'],
    [{ apikeyId: 'x' }, 'apikeyId']
  ])('events(%j) is refused', async (input, field) => {
    await expect(db.keys.events(input as ListEventsInput)).rejects.toMatchObject({ code: 'invalid_argument', field })
  })

  test.each([
    [{ actor: 5 }, 'actor'],
    [{ actor: 'x'.repeat(201) }, 'actor'],
    [{ actor: 'a\nb' }, 'actor'],
    [{ who: 'ada' }, 'who']
  ])('the context %j is refused, and nothing is changed', async (context, field) => {
    const { id } = (await create()).apiKey
    const wrong = context as { actor: string }
    await expect(db.keys.revoke(id, {}, wrong)).rejects.toMatchObject({ code: 'invalid_argument', field })
    expect(await db.keys.get(id)).toMatchObject({ status: 'active' })
  })
})
