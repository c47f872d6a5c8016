/** Values in rows that no type of SQLite keeps out: each harms its own key, and no other. */
import type { KeyStatus } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { type FreshKeys, freshKeys, type SqlValue } from '../helpers/keys.js'
import { manualClock } from '../helpers/manual-clock.js'
import { plainApp } from '../helpers/plain-app.js'
import { recordEvents } from '../helpers/recorded-events.js'
import { requestTo } from '../helpers/request.js'

const [sqlite] = databases.filter(({ provider }) => provider === 'sqlite')
const bytes = new TextEncoder().encode('bytes')
const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`

/** What to put where, why requests are then refused (undefined: not at all), and what management shows. */
const damages: readonly (readonly [string, SqlValue, string | undefined, KeyStatus, readonly string[]])[] = [
  ['is_active', 'yes', 'damaged', 'damaged', ['isActive']],
  ['is_active', 7, 'damaged', 'damaged', ['isActive']],
  ['expires_at', 'garbage', 'damaged', 'damaged', ['expiresAt']],
  ['expires_at', '', 'damaged', 'damaged', ['expiresAt']],
  ['expires_at', bytes, 'damaged', 'damaged', ['expiresAt']],
  ['expires_at', 1e300, 'damaged', 'damaged', ['expiresAt']],
  ['expires_at', 9_223_372_036_854_775_807n, 'damaged', 'damaged', ['expiresAt']],
  ['revoked_at', 'garbage', 'damaged', 'damaged', ['revokedAt']],
  ['hash_alg', 'bcrypt', 'damaged', 'active', []],
  ['hash_alg', '', 'damaged', 'active', []],
  ['usage_count', 'many', undefined, 'active', ['usageCount']],
  ['name', bytes, undefined, 'active', ['name']],
  ['key_prefix', bytes, undefined, 'active', ['keyPrefix']],
  ['created_at', 'bad', undefined, 'active', ['createdAt']],
  ['updated_at', 'bad', undefined, 'active', ['updatedAt']],
  ['last_used_at', 'bad', undefined, 'active', ['lastUsedAt']],
  ['rotated_from_id', bytes, undefined, 'active', ['rotatedFromId']],
  ['metadata', 'not JSON', undefined, 'active', ['metadata']],
  ['metadata', '["array"]', undefined, 'active', ['metadata']],
  ['metadata', deep, undefined, 'active', ['metadata']]
]

const scopes: readonly (readonly [string, SqlValue])[] = [
  ['not JSON', 'reports:read'],
  ['cut off', '["reports:read"'],
  ['an object', '{"reports:read":true}'],
  ['a string', '"*"'],
  ['a nested array', '[["*"]]'],
  ['with a number', '["*",1]'],
  ['with null', '["*",null]'],
  ['{"__proto__":...}', '{"__proto__":["*"],"length":1,"0":"*"}'],
  ['empty', ''],
  ['null', 'null'],
  ['bytes', new TextEncoder().encode('["*"]')]
]

describe('a damaged row on SQLite', () => {
  const clock = manualClock()
  let db: FreshKeys
  beforeAll(async () => {
    if (!sqlite) throw new Error('no SQLite')
    db = await freshKeys(sqlite, { now: clock })
  })

  /** A key whose row is then damaged, and one beside it that is not. */
  async function damaged(column: string, value: SqlValue) {
    const owner = await db.newOwner()
    const input = { ownerId: owner.id, scopes: ['a'], metadata: { team: 'red' } }
    const [bad, good] = [
      await db.keys.create({ ...input, name: 'bad' }),
      await db.keys.create({ ...input, name: 'good' })
    ]
    await db.sql(`UPDATE api_keys SET ${column} = ? WHERE id = ?`, value, String(bad.apiKey.id))
    return { bad, good, ownerId: owner.id }
  }
  const refusalOf = (token: string) =>
    db.keys.verify(token).then(
      () => undefined,
      (error: { code: string; reason: string }) => {
        expect(error.code).toBe('invalid_token')
        return error.reason
      }
    )

  const titled = damages.map((each) => [`${each[0]} = ${String(each[1]).slice(0, 25)}`, ...each] as const)

  test.each(titled)('%s: requests, lists and changes go on', async (_, column, value, refusal, status, fields) => {
    const { bad, good, ownerId } = await damaged(column, value)
    const events = recordEvents()
    // At once: Prisma asks for both in one query.
    const tokens = [bad.token, good.token, bad.token, good.token]
    expect(await Promise.all(tokens.map(refusalOf))).toEqual([refusal, undefined, refusal, undefined])

    expect(await db.keys.get(bad.apiKey.id)).toMatchObject({ id: bad.apiKey.id, status, damaged: fields })
    const { items } = await db.keys.list({ ownerId, limit: 100 })
    expect(items.find(({ id }) => id === bad.apiKey.id)).toMatchObject({ status, damaged: fields })
    expect(items.find(({ id }) => id === good.apiKey.id)).toEqual(await db.keys.get(good.apiKey.id))

    const told = events.filter(({ name }) => name === 'keystile:damaged')
    const named = told.map(({ payload }) => payload as { apiKeyId: unknown; fields: string[] })
    expect(new Set(named.map(({ apiKeyId }) => apiKeyId))).toEqual(new Set([bad.apiKey.id]))
    expect([...new Set(named.flatMap((each) => each.fields))]).toEqual(column === 'hash_alg' ? ['hashAlg'] : fields)

    await db.keys.revoke(bad.apiKey.id)
    expect(await refusalOf(bad.token)).toBeDefined()
    const pruned = await db.keys.create({ ownerId, name: 'pruned' })
    await db.keys.revoke(pruned.apiKey.id)
    clock.pass(1)
    await db.keys.prune({ olderThan: 0 })
    expect(await db.keys.get(pruned.apiKey.id)).toBeNull()
    expect(await refusalOf(good.token)).toBeUndefined()
  })

  test.each(scopes)('scopes that are %s: the key works, with none', async (_, value) => {
    const { bad, good } = await damaged('scopes', value)
    const events = recordEvents()
    expect((await db.keys.verify(bad.token)).apiKey.scopes).toEqual([])
    expect(events).toContainEqual({
      name: 'keystile:damaged',
      payload: { apiKeyId: bad.apiKey.id, fields: ['scopes'] }
    })
    expect((await db.keys.verify(good.token)).apiKey.scopes).toEqual(['a'])
    expect(await db.keys.get(bad.apiKey.id)).toMatchObject({ status: 'active', scopes: [], damaged: ['scopes'] })
    expect({}).not.toHaveProperty('length')
  })

  test('scopes of NULL are none, and no damage', async () => {
    const { bad } = await damaged('scopes', null)
    const events = recordEvents()
    expect((await db.keys.verify(bad.token)).apiKey.scopes).toEqual([])
    expect(events.filter(({ name }) => name === 'keystile:damaged')).toEqual([])
  })

  test.each(['yes', '', 'x'])("an owner's is_active of %j refuses that owner's keys alone", async (value) => {
    const owner = await db.newOwner()
    const bad = await db.keys.create({ ownerId: owner.id, name: 'bad' })
    const good = await db.keys.create({ ownerId: db.owner.id, name: 'good' })
    await db.sql('UPDATE users SET is_active = ? WHERE id = ?', value, String(owner.id))
    const events = recordEvents()
    expect(await Promise.all([bad.token, good.token].map(refusalOf))).toEqual(['damaged', undefined])
    expect((await db.keys.list({ ownerId: owner.id })).items).toHaveLength(1)
    expect(events).toContainEqual({ name: 'keystile:damaged', payload: { apiKeyId: bad.apiKey.id, fields: ['user'] } })
  })

  test('a key whose owner is gone is refused', async () => {
    await db.sql('PRAGMA foreign_keys = OFF')
    const { bad, good } = await damaged('user_id', 'nobody')
    await db.sql('PRAGMA foreign_keys = ON')
    const events = recordEvents()
    expect(await refusalOf(bad.token)).toBe('damaged')
    expect(await refusalOf(good.token)).toBeUndefined()
    const app = plainApp(db.keys)
    const replies = [await requestTo(app, bad.token), await requestTo(app, good.token)]
    expect(replies.map(({ status }) => status)).toEqual([401, 204])
    expect((await db.keys.list({ ownerId: 'nobody' })).items).toHaveLength(1)
    expect(events).toContainEqual({ name: 'keystile:damaged', payload: { apiKeyId: bad.apiKey.id, fields: ['user'] } })
  })

  test('a key whose beginning can not be read is not given a longer life by a rotation', async () => {
    const { apiKey } = await db.keys.create({ ownerId: db.owner.id, name: 'bad', expiresIn: '1d' })
    await db.sql('UPDATE api_keys SET created_at = ? WHERE id = ?', 'bad', String(apiKey.id))
    expect((await db.keys.rotate(apiKey.id, { grace: 0 })).apiKey.expiresAt).toEqual(apiKey.expiresAt)
  })
})
