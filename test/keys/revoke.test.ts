/** keys.revoke(), revokeToken() and revokeOwner(): final, idempotent, the first reason stays. */
import type { UpdateKeyInput } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { type FreshKeys, freshKeys } from '../helpers/keys.js'
import { day, hour, manualClock } from '../helpers/manual-clock.js'
import { recordEvents } from '../helpers/recorded-events.js'

describe.each(databases)('revoke on $name', (database) => {
  const clock = manualClock()
  let db: FreshKeys
  beforeAll(async () => {
    db = await freshKeys(database, { now: clock })
  })
  const create = (input: UpdateKeyInput = {}) => db.keys.create({ ownerId: db.owner.id, name: 'laptop', ...input })
  const refusalOf = (token: string) =>
    db.keys.verify(token).then(
      () => undefined,
      (error: { code: string; reason: string }) => `${error.code} ${error.reason}`
    )

  test('a revoked key is refused from the next request on', async () => {
    const { token, apiKey } = await create()
    expect(await refusalOf(token)).toBeUndefined()
    const revoked = await db.keys.revoke(apiKey.id, { reason: 'left the company' })
    expect(revoked).toEqual({
      ...apiKey,
      status: 'revoked',
      isActive: false,
      revokedAt: new Date(clock()),
      revokedReason: 'left the company',
      usageCount: revoked.usageCount,
      lastUsedAt: revoked.lastUsedAt,
      updatedAt: revoked.updatedAt
    })
    expect(await refusalOf(token)).toBe('invalid_token revoked')
    expect(await db.keys.get(apiKey.id)).toEqual(revoked)
  })

  test('the first reason and time stay, and one event tells of it', async () => {
    const { token, apiKey } = await create()
    const events = recordEvents()
    const first = await db.keys.revoke(apiKey.id, { reason: 'leaked' })
    clock.pass(hour)
    expect(await db.keys.revoke(apiKey.id, { reason: 'another' })).toEqual(first)
    expect(await db.keys.revoke(apiKey.id)).toEqual(first)
    expect(await db.keys.revokeToken(token, { reason: 'third' })).toEqual(first)
    expect(await db.keys.revokeOwner(db.owner.id, { reason: 'fourth' })).toBeDefined()
    expect(await db.keys.get(apiKey.id)).toEqual(first)
    const ids = { apiKeyId: apiKey.id, ownerId: db.owner.id }
    const own = events.filter(({ payload }) => (payload as { apiKeyId: unknown }).apiKeyId === apiKey.id)
    expect(own).toEqual([{ name: 'keystile:revoked', payload: { ...ids, reason: 'leaked' } }])
  })

  test('without a reason, and with null or an empty one, the key is revoked all the same', async () => {
    for (const [input, revokedReason] of [
      [undefined, null],
      [{}, null],
      [{ reason: null as unknown as string }, null],
      [{ reason: '' }, '']
    ] as const) {
      const { apiKey } = await create()
      expect(await db.keys.revoke(apiKey.id, input)).toMatchObject({ status: 'revoked', revokedReason })
    }
  })

  test.each([5, 'x'.repeat(201), 'a\nb', 'a\0', 'a\ud83d', { set: 'x' }])(
    'the reason %j is refused',
    async (reason) => {
      const { token, apiKey } = await create()
      const input = { reason: reason as string }
      const wrong = { code: 'invalid_argument', field: 'reason' }
      await expect(db.keys.revoke(apiKey.id, input)).rejects.toMatchObject(wrong)
      await expect(db.keys.revokeToken(token, input)).rejects.toMatchObject(wrong)
      await expect(db.keys.revokeOwner(db.owner.id, input)).rejects.toMatchObject(wrong)
      expect(await db.keys.get(apiKey.id)).toEqual(apiKey)
    }
  )

  test('an expired key can be revoked', async () => {
    const { token, apiKey } = await create({ expiresIn: '1h' })
    clock.pass(hour)
    expect(await db.keys.revoke(apiKey.id)).toMatchObject({ status: 'revoked' })
    expect(await refusalOf(token)).toBe('invalid_token revoked')
  })

  test('a key that somebody disabled by SQL gets a time and a reason', async () => {
    const { apiKey } = await create()
    await db.sql('UPDATE api_keys SET is_active = ? WHERE id = ?', false, String(apiKey.id))
    const revoked = await db.keys.revoke(apiKey.id, { reason: 'leaked' })
    expect(revoked).toMatchObject({ revokedAt: new Date(clock()), revokedReason: 'leaked' })
  })

  test('the newest of a chain of three takes its predecessors in grace along', async () => {
    const first = await create()
    const second = await db.keys.rotate(first.apiKey.id, { grace: '24h' })
    const third = await db.keys.rotate(second.apiKey.id, { grace: '24h' })
    expect(await Promise.all([first, second, third].map(({ token }) => refusalOf(token)))).toEqual([
      undefined,
      undefined,
      undefined
    ])
    const events = recordEvents()
    await db.keys.revoke(third.apiKey.id, { reason: 'leaked' })
    for (const { token, apiKey } of [first, second, third]) {
      expect(await refusalOf(token)).toBe('invalid_token revoked')
      expect(await db.keys.get(apiKey.id)).toMatchObject({ revokedReason: 'leaked', revokedAt: new Date(clock()) })
    }
    const revoked = events.filter(({ name }) => name === 'keystile:revoked')
    expect(revoked.map(({ payload }) => (payload as { apiKeyId: unknown }).apiKeyId)).toEqual(
      [third, second, first].map(({ apiKey }) => apiKey.id)
    )
  })

  test('a predecessor whose grace is over stays expired, one behind it in grace ends', async () => {
    const first = await create()
    const second = await db.keys.rotate(first.apiKey.id, { grace: '2d' })
    const third = await db.keys.rotate(second.apiKey.id, { grace: '1h' })
    clock.pass(day)
    await db.keys.revoke(third.apiKey.id)
    expect(await db.keys.get(second.apiKey.id)).toMatchObject({ status: 'expired', revokedAt: null })
    expect(await db.keys.get(first.apiKey.id)).toMatchObject({ status: 'revoked' })
  })

  test('a predecessor can be revoked alone', async () => {
    const first = await create()
    const second = await db.keys.rotate(first.apiKey.id, { grace: '24h' })
    await db.keys.revoke(first.apiKey.id)
    expect(await refusalOf(first.token)).toBe('invalid_token revoked')
    expect(await refusalOf(second.token)).toBeUndefined()
  })

  test('rows that name each other as predecessors are each revoked once', async () => {
    const [one, two] = [await create(), await create()]
    await db.sql('UPDATE api_keys SET rotated_from_id = ? WHERE id = ?', String(two.apiKey.id), String(one.apiKey.id))
    await db.sql('UPDATE api_keys SET rotated_from_id = ? WHERE id = ?', String(one.apiKey.id), String(two.apiKey.id))
    await db.keys.revoke(one.apiKey.id)
    for (const { token } of [one, two]) expect(await refusalOf(token)).toBe('invalid_token revoked')
  })

  test('a key is revoked by its token', async () => {
    const { token, apiKey } = await create()
    expect(await db.keys.revokeToken(token, { reason: 'pushed to a repository' })).toMatchObject({
      id: apiKey.id,
      status: 'revoked',
      revokedReason: 'pushed to a repository'
    })
    expect(await refusalOf(token)).toBe('invalid_token revoked')
  })

  test('a wrong token is not_found, and not in the message', async () => {
    const { token } = await create()
    const slip = token.slice(0, -1) + (token.endsWith('a') ? 'b' : 'a')
    const gone = await create()
    await db.keys.delete(gone.apiKey.id)
    for (const wrong of [
      slip,
      gone.token,
      token.toLowerCase(),
      ` ${token}`,
      token.slice(3),
      'x',
      '',
      'x'.repeat(1e6)
    ]) {
      const error = await db.keys.revokeToken(wrong).catch((error: unknown) => error)
      expect(error).toMatchObject({ code: 'not_found', message: 'There is no key with this token.' })
    }
    expect(await refusalOf(token)).toBeUndefined()
  })

  test('all keys of an owner are revoked and counted, those of others are not', async () => {
    const owner = await db.newOwner()
    const own = await Promise.all([1, 2, 3].map((n) => db.keys.create({ ownerId: owner.id, name: `${n}` })))
    const other = await create()
    await db.keys.revoke(own[0]?.apiKey.id ?? '')
    const events = recordEvents()
    expect(await db.keys.revokeOwner(owner.id, { reason: 'left' })).toEqual({ revoked: 2 })
    expect(events.map(({ name }) => name)).toEqual(['keystile:revoked', 'keystile:revoked'])
    for (const { token } of own) expect(await refusalOf(token)).toBe('invalid_token revoked')
    expect(await refusalOf(other.token)).toBeUndefined()
    expect(await db.keys.revokeOwner(owner.id)).toEqual({ revoked: 0 })
    expect(await db.keys.revokeOwner('nobody')).toEqual({ revoked: 0 })
  })

  test('more keys than one statement takes are all revoked', async () => {
    const owner = await db.newOwner()
    const rows = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1203)
      INSERT INTO api_keys (id, user_id, name, key_hash, key_prefix, updated_at)
      SELECT 'many-' || i, CAST(? AS TEXT), 'many', 'many-' || i, 'sk_', '2026-01-01T00:00:00.000+00:00' FROM n`
    await db.sql(database.provider === 'sqlite' ? rows : rows.replace(/'2026[^']*'/, 'now()'), String(owner.id))
    expect(await db.keys.revokeOwner(owner.id)).toEqual({ revoked: 1_203 })
    const [left] = await db.sql(
      'SELECT COUNT(*) AS n FROM api_keys WHERE revoked_at IS NULL AND user_id = ?',
      String(owner.id)
    )
    expect(Number(left?.['n'])).toBe(0)
  })

  test('an unknown id is not_found, an unknown field invalid_argument', async () => {
    await expect(db.keys.revoke('nothing')).rejects.toMatchObject({ code: 'not_found', status: 404 })
    const { apiKey } = await create()
    const input = { raeson: 'x' } as { reason?: string }
    await expect(db.keys.revoke(apiKey.id, input)).rejects.toThrow('did you mean "reason"?')
    expect(await db.keys.get(apiKey.id)).toMatchObject({ status: 'active' })
  })
})
