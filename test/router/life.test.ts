/** The management API as owners use it, on both versions of Express. */
import express, { type Express } from 'express'
import { beforeAll, describe, expect, test } from 'vitest'
import { hashToken } from '../../src/hash.js'
import { type EmbeddedKeys, embeddedKeys } from '../helpers/embedded-keys.js'
import { expressVersions } from '../helpers/express-apps.js'
import { type Management, management } from '../helpers/management.js'
import { until } from '../helpers/until.js'

const catalogue = { 'reports:read': 'Read reports', 'reports:write': 'Write reports', 'users:read': 'Read users' }

describe.each(expressVersions)('on $name', ({ express: version }) => {
  let db: EmbeddedKeys
  let site: Management
  let other: { id: unknown }
  beforeAll(async () => {
    db = await embeddedKeys({ scopes: catalogue, flushIntervalMs: 10 })
    other = (await db.keys.ensureOwner({ email: 'eve@example.com' })).owner
    site = await management({
      keys: db.keys,
      express: version,
      people: {
        ada: { ownerId: db.ownerId, scopes: ['reports:*'], name: 'ada@example.com' },
        eve: { ownerId: other.id as string, scopes: ['*'] },
        root: { ownerId: db.ownerId, scopes: ['*'], allOwners: true }
      }
    })
  })
  const make = async (body: object = { name: 'laptop' }, as = 'ada') => (await site.ask('POST', '/', { as, body })).body
  const data = async (token: string) =>
    (
      await fetch(`http://127.0.0.1:${site.port}/data`, {
        headers: { authorization: `Bearer ${token}`, connection: 'close' }
      })
    ).status

  test('a key that is made works, and its token is nowhere else', async () => {
    const { status, body, headers } = await site.ask('POST', '/', {
      as: 'ada',
      body: { name: 'laptop', scopes: ['reports:read'], expiresIn: '90d' }
    })
    expect(status).toBe(201)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body.apiKey).toMatchObject({
      name: 'laptop',
      scopes: ['reports:read'],
      status: 'active',
      ownerId: db.ownerId
    })
    expect(Date.parse(body.apiKey.expiresAt) - Date.parse(body.apiKey.createdAt)).toBe(90 * 86_400_000)
    expect(await data(body.token)).toBe(200)
    const { id } = body.apiKey
    for (const path of ['/', `/${id}`, `/${id}/events`, `/${id}/usage`, '/events', '/scopes', '/?include=usage']) {
      const { text, status: shown, headers: own } = await site.ask('GET', path, { as: 'ada' })
      expect(shown).toBe(200)
      expect(own.get('cache-control')).toBe('no-store')
      expect(text).not.toContain(body.token.slice(0, 20))
      expect(text).not.toContain(hashToken(body.token))
    }
  })

  test('the list is of the own keys, newest first, page by page', async () => {
    for (const name of ['one', 'two', 'three']) await make({ name })
    await make({ name: 'of eve' }, 'eve')
    const first = (await site.ask('GET', '/?limit=2', { as: 'ada' })).body
    expect(first.items.map(({ name }) => name)).toEqual(['three', 'two'])
    const next = (await site.ask('GET', `/?limit=1&cursor=${first.nextCursor}`, { as: 'ada' })).body
    expect(next.items.map(({ name }) => name)).toEqual(['one'])
    const all = (await site.ask('GET', '/?limit=100', { as: 'ada' })).body
    expect(new Set(all.items.map(({ ownerId }) => ownerId))).toEqual(new Set([db.ownerId]))
  })

  test('a key is shown, renamed, and its scopes are changed', async () => {
    const { token, apiKey } = await make({ name: 'laptop', scopes: ['reports:read'] })
    const path = `/${apiKey.id}`
    expect((await site.ask('PATCH', path, { as: 'ada', body: { name: 'old laptop' } })).body).toMatchObject({
      name: 'old laptop',
      scopes: ['reports:read']
    })
    expect((await site.ask('PATCH', path, { as: 'ada', body: { scopes: ['reports:*'] } })).status).toBe(200)
    expect((await site.ask('GET', `${path}/`, { as: 'ada' })).body).toMatchObject({
      name: 'old laptop',
      scopes: ['reports:*'],
      rotatedToId: null
    })
    expect((await db.keys.verify(token)).apiKey.scopes).toEqual(['reports:*'])
    expect((await site.ask('PATCH', path, { as: 'ada', body: {} })).status).toBe(400)
  })

  test('a rotation gives a new token; the old key works until its grace is over', async () => {
    const { token, apiKey } = await make()
    const { status, body, headers } = await site.ask('POST', `/${apiKey.id}/rotate`, {
      as: 'ada',
      body: { grace: '1h' }
    })
    expect({ status, cache: headers.get('cache-control') }).toEqual({ status: 201, cache: 'no-store' })
    expect(body.apiKey).toMatchObject({ rotatedFromId: apiKey.id, name: 'laptop' })
    expect([await data(token), await data(body.token)]).toEqual([200, 200])
    expect((await site.ask('GET', `/${apiKey.id}`, { as: 'ada' })).body.rotatedToId).toBe(body.apiKey.id)
    expect((await site.ask('POST', `/${apiKey.id}/rotate`, { as: 'ada', body: { grace: 0 } })).status).toBe(409)
    const again = await site.ask('POST', `/${body.apiKey.id}/rotate`, { as: 'ada', body: { grace: 0 } })
    expect([await data(body.token), await data(again.body.token)]).toEqual([401, 200])
  })

  test('a revoked key is refused at once, and can be deleted', async () => {
    const { token, apiKey } = await make()
    const revoked = await site.ask('POST', `/${apiKey.id}/revoke`, { as: 'ada', body: { reason: 'lost' } })
    expect(revoked).toMatchObject({ status: 200, body: { status: 'revoked', revokedReason: 'lost' } })
    expect(await data(token)).toBe(401)
    expect((await site.ask('POST', `/${apiKey.id}/revoke`, { as: 'ada' })).body.revokedReason).toBe('lost')
    expect((await site.ask('PATCH', `/${apiKey.id}`, { as: 'ada', body: { name: 'x' } })).status).toBe(409)
    expect(await site.ask('DELETE', `/${apiKey.id}`, { as: 'ada' })).toMatchObject({ status: 204, text: '' })
    expect((await site.ask('GET', `/${apiKey.id}`, { as: 'ada' })).status).toBe(404)
    const { items } = (await site.ask('GET', '/events?limit=3', { as: 'ada' })).body
    expect(items.map(({ type }) => type)).toEqual(['deleted', 'revoked', 'created'])
  })

  test('usage and events tell what became of a key', async () => {
    const { token, apiKey } = await make()
    await data(token)
    await data(token)
    await until(() => db.keys.health().waitingKeys === 0)
    const { buckets, ...usage } = (await site.ask('GET', `/${apiKey.id}/usage?by=hour`, { as: 'ada' })).body
    expect(usage).toMatchObject({ by: 'hour', allowed: 2, denied: 0 })
    expect(buckets).toHaveLength(24)
    const span = `from=${encodeURIComponent('2026-01-01T00:00:00+02:00')}&to=2026-01-03T00:00:00Z`
    expect((await site.ask('GET', `/${apiKey.id}/usage?${span}`, { as: 'ada' })).body.buckets).toHaveLength(3)
    const { items } = (await site.ask('GET', '/?include=usage&limit=1', { as: 'ada' })).body
    expect(items[0]?.recentUsage.allowed.slice(-2).reduce((sum, n) => sum + n, 0)).toBe(2)
    expect(items[0]?.recentUsage.allowed).toHaveLength(14)
    const { items: events } = (await site.ask('GET', `/${apiKey.id}/events`, { as: 'ada' })).body
    expect(events).toMatchObject([{ type: 'created', actor: 'ada@example.com', ip: '127.0.0.1' }])
  })

  test("the app's own metadata is shown neither with a key nor in its trail", async () => {
    const { apiKey } = await db.issue({ metadata: { plan: 'internal-one' } })
    await db.keys.update(apiKey.id, { metadata: { plan: 'internal-two' } })
    for (const path of [`/${apiKey.id}`, `/${apiKey.id}/events`, '/events', '/'])
      expect((await site.ask('GET', path, { as: 'ada' })).text).not.toContain('internal')
    expect(JSON.stringify(await db.keys.events({ apiKeyId: apiKey.id }))).toContain('internal-two')
  })

  test('the scopes are those of the catalogue that one may grant, in words', async () => {
    const scopes = async (as: string) => (await site.ask('GET', '/scopes', { as })).body.items
    expect(await scopes('ada')).toEqual([
      { name: 'reports:read', description: 'Read reports' },
      { name: 'reports:write', description: 'Write reports' }
    ])
    expect(await scopes('eve')).toHaveLength(3)
  })

  test('who may see every owner sees and ends keys of all, and makes some for others', async () => {
    const { apiKey } = await make({ name: 'of eve' }, 'eve')
    expect((await site.ask('GET', `/${apiKey.id}`, { as: 'root' })).status).toBe(200)
    const { items } = (await site.ask('GET', `/?ownerId=${other.id}&limit=100`, { as: 'root' })).body
    expect(new Set(items.map(({ ownerId }) => ownerId))).toEqual(new Set([other.id]))
    const all = (await site.ask('GET', '/?limit=100', { as: 'root' })).body
    expect(new Set(all.items.map(({ ownerId }) => ownerId)).size).toBe(2)
    expect((await site.ask('POST', `/${apiKey.id}/revoke`, { as: 'root' })).status).toBe(200)
    const made = await site.ask('POST', '/', { as: 'root', body: { name: 'x', ownerId: other.id } })
    expect(made.body.apiKey.ownerId).toBe(other.id)
    expect((await site.ask('POST', '/', { as: 'root', body: { name: 'x', ownerId: 'nobody' } })).status).toBe(404)
  })

  test('a path that is none of its own goes on to the app', async () => {
    for (const path of ['/a/b/c', '/a/nonsense', '/a/rotate/now'])
      expect((await site.ask('POST', path, { as: 'ada', body: {} })).text).toContain('Cannot POST')
    expect((await site.ask('GET', '/', { as: 'ada' })).headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('HEAD is answered like GET, without a body', async () => {
    const { status, text, headers } = await site.ask('HEAD', '/', { as: 'ada' })
    expect({ status, text }).toEqual({ status: 200, text: '' })
    expect(Number(headers.get('content-length'))).toBeGreaterThan(10)
  })

  test.each([
    ['express.json() for all', (app: Express) => void app.use(express.json({ limit: '2mb' }))],
    [
      'express.json() and forms for all',
      (app: Express) => void app.use(express.urlencoded({ extended: true }), express.json())
    ]
  ])('an app that has %s before it works as well', async (_, before) => {
    const people = { ada: { ownerId: db.ownerId, scopes: ['*'] } }
    const { ask } = await management({ keys: db.keys, people, before })
    expect((await ask('POST', '/', { as: 'ada', body: { name: 'parsed before' } })).status).toBe(201)
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await ask('POST', '/', { as: 'ada', body: 'name=form', headers: form })).status).toBe(415)
    expect((await ask('POST', '/', { as: 'ada', body: { name: 'x'.repeat(20_000) } })).status).toBe(413)
  })
})
