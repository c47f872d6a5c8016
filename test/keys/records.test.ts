/** What apps get of a key: frozen, and never what could be used in its place. */
import { type ApiKeyRecord, createApiKeys } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { type FreshKeys, freshKeys } from '../helpers/keys.js'
import { recordEvents } from '../helpers/recorded-events.js'

/** Every object within, with the way to it; Dates can't be frozen, so that they are copies is tested below. */
function thawed(value: unknown, path = 'record'): string[] {
  if (typeof value !== 'object' || value === null || value instanceof Date) return []
  const inner = Object.entries(value).flatMap(([name, each]) => thawed(each, `${path}.${name}`))
  return Object.isFrozen(value) ? inner : [path, ...inner]
}

/** Everything that a log could print of a value. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => {
    if (each instanceof Error) return { ...each, message: each.message, stack: each.stack, cause: each.cause }
    return typeof each === 'bigint' ? String(each) : each
  })

describe.each(databases)('on $name', (database) => {
  let db: FreshKeys
  beforeAll(async () => {
    db = await freshKeys(database)
  })
  const input = () => ({
    ownerId: db.owner.id,
    name: 'laptop',
    scopes: ['a', 'b'],
    expiresIn: '90d' as const,
    metadata: { list: [1, { deep: [true] }] }
  })

  test('whatever a method gives is deep-frozen', async () => {
    const { token, apiKey } = await db.keys.create(input())
    const verified = await db.keys.verify(token)
    const rotated = await db.keys.rotate(apiKey.id, { grace: '1h' })
    const { id } = rotated.apiKey
    const records = {
      created: apiKey,
      got: await db.keys.get(apiKey.id),
      listed: (await db.keys.list()).items[0],
      updated: await db.keys.update(id, { name: 'desktop' }),
      successor: rotated.apiKey,
      revoked: await db.keys.revoke(id),
      verified: verified.apiKey,
      owner: verified.owner,
      found: await db.keys.findOwner('owner1@example.com'),
      deleted: await db.keys.delete(id)
    }
    expect(Object.entries(records).flatMap(([name, record]) => thawed(record, name))).toEqual([])
    expect(Object.values(records)).not.toContain(null)
  })

  test('the times of a key are fields like the others: among its names, in copies, and in JSON', async () => {
    const { token, apiKey: made } = await db.keys.create(input())
    const { apiKey } = await db.keys.verify(token)
    const { expiresAt, createdAt } = made
    const names = ['id', 'ownerId', 'name', 'keyPrefix', 'scopes', 'expiresAt', 'createdAt', 'allowedIps', 'rateLimit']
    expect(Object.keys(apiKey)).toEqual([...names, 'metadata'])
    for (const copy of [{ ...apiKey }, structuredClone(apiKey), Object.create(apiKey) as typeof apiKey]) {
      expect(copy.expiresAt).toEqual(expiresAt)
      expect(copy.createdAt).toEqual(createdAt)
    }
    expect(Object.getOwnPropertySymbols({ ...apiKey })).toEqual([])
    expect(JSON.parse(JSON.stringify(apiKey))).toMatchObject({
      expiresAt: expiresAt?.toISOString(),
      createdAt: createdAt.toISOString()
    })
    expect(Object.getPrototypeOf(apiKey)).toBe(Object.prototype)
  })

  test('what a handler does to the dates of its key changes no later check', async () => {
    const { token } = await db.keys.create(input())
    const { apiKey } = await db.keys.verify(token)
    apiKey.expiresAt?.setTime(0)
    apiKey.createdAt.setTime(0)
    expect((await db.keys.verify(token)).apiKey.expiresAt?.getTime()).toBeGreaterThan(Date.now())
  })

  test('the input is copied: what is done to it afterwards changes nothing', async () => {
    const given = input()
    const created = db.keys.create(given)
    given.scopes.push('*')
    given.metadata.list.push(9)
    const { apiKey } = await created
    expect(apiKey).toMatchObject({ scopes: ['a', 'b'], metadata: { list: [1, { deep: [true] }] } })
  })

  test('no record, event or error of the whole life of a key has a token or a hash in it', async () => {
    const events = recordEvents()
    const seen: unknown[] = []
    const tokens: string[] = []
    const records: (ApiKeyRecord | null)[] = []
    const failing = async (work: Promise<unknown>) => {
      seen.push(
        await work.then(
          () => expect.fail('it should have been refused'),
          (error: unknown) => error
        )
      )
    }
    const first = await db.keys.create(input())
    const second = await db.keys.rotate(first.apiKey.id, { grace: 0 })
    tokens.push(first.token, second.token)
    await db.keys.verify(second.token)
    records.push(first.apiKey, second.apiKey, await db.keys.update(second.apiKey.id, { name: 'x' }))
    await failing(db.keys.verify(first.token))
    await failing(db.keys.rotate(first.apiKey.id, { grace: 0 }))
    records.push(await db.keys.revokeToken(second.token, { reason: 'leaked' }))
    await failing(db.keys.verify(second.token))
    await failing(db.keys.verify(`${second.token}x`))
    await failing(db.keys.update(second.apiKey.id, { name: 'y' }))
    records.push(...(await db.keys.list()).items)
    const hashes = (await db.sql('SELECT key_hash FROM api_keys')).map((row) => String(row['key_hash']))
    records.push(await db.keys.delete(second.apiKey.id))
    await failing(db.keys.revokeToken(second.token))
    await failing(db.keys.create({ ...input(), name: second.token.repeat(3) }))

    const text = textOf([events, seen, records])
    expect(events.length).toBeGreaterThan(5)
    for (const secret of [...tokens.map((token) => token.slice(12)), ...hashes]) expect(text).not.toContain(secret)
  })

  test('a closed instance says so', async () => {
    const keys = createApiKeys({ url: db.url })
    await keys.ready()
    await keys.close()
    for (const work of [keys.get('x'), keys.ready(), keys.list()]) {
      await expect(work).rejects.toMatchObject({ code: 'unavailable', reason: 'closed' })
    }
  })
})
