/** Damage that PostgreSQL's types allow: it harms its own key, and no other. */
import { beforeAll, describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { type FreshKeys, freshKeys } from '../helpers/keys.js'
import { recordEvents } from '../helpers/recorded-events.js'

const [postgres] = databases.filter(({ provider }) => provider === 'postgresql')

/** What to put where, why requests are then refused (undefined: not at all), and what is named as damaged. */
const damages: readonly (readonly [string, string, string | undefined, string])[] = [
  ['expires_at', 'infinity', 'damaged', 'expiresAt'],
  ['expires_at', '-infinity', 'damaged', 'expiresAt'],
  ['expires_at', '294276-12-31 23:59:59+00', 'damaged', 'expiresAt'],
  ['expires_at', '0044-03-15 12:00:00+00 BC', 'damaged', 'expiresAt'],
  ['revoked_at', 'infinity', 'damaged', 'revokedAt'],
  ['hash_alg', 'bcrypt', 'damaged', 'hashAlg'],
  ['created_at', 'infinity', undefined, 'createdAt'],
  ['scopes', 'not JSON', undefined, 'scopes'],
  ['scopes', '{"__proto__":["*"]}', undefined, 'scopes'],
  ['scopes', '[["*"]]', undefined, 'scopes'],
  ['scopes', '', undefined, 'scopes'],
  ['metadata', 'not JSON', undefined, 'metadata'],
  ['metadata', '5', undefined, 'metadata']
]

describe('a damaged row on PostgreSQL', () => {
  let db: FreshKeys
  beforeAll(async () => {
    if (!postgres) throw new Error('no PostgreSQL')
    db = await freshKeys(postgres)
  })

  test.each(damages)('%s = %j harms its own key alone', async (column, value, refusal, field) => {
    const input = { ownerId: db.owner.id, scopes: ['a'] }
    const [bad, good] = [
      await db.keys.create({ ...input, name: 'bad' }),
      await db.keys.create({ ...input, name: 'good' })
    ]
    await db.sql(`UPDATE api_keys SET ${column} = ? WHERE id = ?`, value, String(bad.apiKey.id))
    const events = recordEvents()
    const verified = await db.keys.verify(bad.token).catch((error: { code: string; reason: string }) => error)
    if (refusal === undefined) expect(verified).toMatchObject({ apiKey: { scopes: field === 'scopes' ? [] : ['a'] } })
    else expect(verified).toMatchObject({ code: 'invalid_token', reason: refusal })
    expect(events).toContainEqual({ name: 'keystile:damaged', payload: { apiKeyId: bad.apiKey.id, fields: [field] } })

    expect((await db.keys.verify(good.token)).apiKey.scopes).toEqual(['a'])
    const { items } = await db.keys.list({ limit: 100 })
    expect(items.map(({ id }) => id)).toEqual(expect.arrayContaining([bad.apiKey.id, good.apiKey.id]))
    expect(await db.keys.prune({ olderThan: 0 })).toBeDefined()
    await db.keys.revoke(bad.apiKey.id)
    await expect(db.keys.verify(bad.token)).rejects.toMatchObject({ code: 'invalid_token' })
    await db.keys.delete(bad.apiKey.id)
    await db.keys.delete(good.apiKey.id)
  })

  test('a count at the end of its range harms nothing', async () => {
    const { token, apiKey } = await db.keys.create({ ownerId: db.owner.id, name: 'busy' })
    await db.sql('UPDATE api_keys SET usage_count = 9223372036854775807 WHERE id = ?', String(apiKey.id))
    expect((await db.keys.verify(token)).apiKey.id).toBe(apiKey.id)
    expect((await db.keys.get(apiKey.id))?.usageCount).toBeGreaterThan(9e18)
  })
})
