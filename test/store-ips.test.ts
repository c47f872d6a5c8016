/** With storeIps: false no address reaches the database, and those that are there go with the next use. */
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { databases } from './helpers/databases.js'
import { freshKeys } from './helpers/keys.js'

const ip = '203.0.113.7'

describe.each(databases)('on $name', (database) => {
  test('neither of uses nor of changes is an address stored', async () => {
    const db = await freshKeys(database)
    const { apiKey, token } = await db.keys.create({ ownerId: db.owner.id, name: 'laptop', allowedIps: [ip] }, { ip })
    await db.keys.verify(token, { ip })
    await expect.poll(async () => (await db.keys.get(apiKey.id))?.lastUsedIp, { timeout: 5_000 }).toBe(ip)

    const keys = createApiKeys({ url: db.url, storeIps: false })
    await keys.verify(token, { ip })
    await expect(keys.verify(token, { ip: '198.51.100.7' })).rejects.toMatchObject({ reason: 'ip_not_allowed' })
    await keys.update(apiKey.id, { name: 'desktop' }, { actor: 'ada', ip })
    await keys.revoke(apiKey.id, {}, { ip })
    await keys.close()
    expect(await db.keys.get(apiKey.id)).toMatchObject({ lastUsedIp: null, usageCount: 2 })
    const { items } = await db.keys.events({ apiKeyId: apiKey.id })
    expect(items.map(({ type, actor, ip }) => [type, actor, ip])).toEqual([
      ['revoked', null, null],
      ['updated', 'ada', null],
      ['created', null, ip]
    ])
  })
})

test('what is neither true nor false is a TypeError', () => {
  const make = () => createApiKeys({ url: 'file:./x.db', storeIps: 'no' as never })
  expect(make).toThrow('storeIps must be true or false, not "no".')
})
