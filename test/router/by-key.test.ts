/** API keys that may manage keys: never beyond what they are themselves. */
import { apiKeyAuth } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { type EmbeddedKeys, embeddedKeys } from '../helpers/embedded-keys.js'
import { type Management, management } from '../helpers/management.js'
import { day } from '../helpers/manual-clock.js'
import { recordEvents } from '../helpers/recorded-events.js'
import { until } from '../helpers/until.js'
import { requestBytes, sendInTwo } from '../helpers/wire.js'

let db: EmbeddedKeys
let site: Management
let eve: unknown

beforeAll(async () => {
  db = await embeddedKeys({ flushIntervalMs: 10 })
  eve = (await db.keys.ensureOwner({ email: 'eve@example.com' })).owner.id
  site = await management({
    keys: db.keys,
    people: {},
    options: { apiKeyScope: 'keys:manage' },
    before: (app) => void app.use(apiKeyAuth({ keys: db.keys, optional: true }))
  })
})

/** Asks with a key, as a program does: no cookie, and nothing that browsers send. */
const by = (bearer: string) => (method: string, path: string, body?: object) =>
  site.ask(method, path, { ...(body && { body }), headers: { authorization: bearer, 'sec-fetch-site': undefined } })

const manager = (more: object = {}) => db.issue({ scopes: ['keys:manage', 'reports:read'], ...more })

test('a key with the scope manages the keys of its owner, and the trail names it', async () => {
  const { bearer, apiKey } = await manager()
  const made = await by(bearer)('POST', '/', { name: 'made by a key', scopes: ['reports:read'] })
  expect(made.status).toBe(201)
  expect((await by(bearer)('GET', `/${made.body.apiKey.id}`)).status).toBe(200)
  const { items } = (await by(bearer)('GET', `/${made.body.apiKey.id}/events`)).body
  expect(items).toMatchObject([{ type: 'created', actor: `key:${apiKey.id}`, ip: '127.0.0.1' }])
})

test('a key without the scope is told which one it lacks', async () => {
  const { bearer } = await db.issue({ scopes: ['reports:read'] })
  const { status, body, headers } = await by(bearer)('GET', '/')
  expect({ status, body }).toMatchObject({
    status: 403,
    body: { code: 'insufficient_scope', missingScopes: ['keys:manage'] }
  })
  expect(headers.get('www-authenticate')).toBe('Bearer realm="api", error="insufficient_scope", scope="keys:manage"')
})

test("another owner's keys are not there for it", async () => {
  const { bearer } = await manager({ scopes: ['*'] })
  const { apiKey } = await db.keys.create({ ownerId: eve as string, name: 'of eve' })
  for (const [method, path] of [
    ['GET', ''],
    ['DELETE', ''],
    ['GET', '/usage'],
    ['GET', '/events']
  ] as const)
    expect((await by(bearer)(method, `/${apiKey.id}${path}`)).status).toBe(404)
  expect((await by(bearer)('POST', '/', { name: 'x', ownerId: eve })).status).toBe(403)
  expect((await by(bearer)('GET', `/?ownerId=${eve}`)).status).toBe(403)
})

test('a key of another instance manages nothing here, whatever its owner and scopes', async () => {
  const elsewhere = await embeddedKeys()
  const { ask } = await management({
    keys: db.keys,
    people: {},
    options: { apiKeyScope: 'keys:manage' },
    before: (app) => void app.use(apiKeyAuth({ keys: elsewhere.keys }))
  })
  const { bearer } = await elsewhere.issue({ scopes: ['*'] })
  expect((await ask('GET', '/', { headers: { authorization: bearer } })).body.code).toBe('forbidden')
})

describe('it grants nothing that it lacks', () => {
  test('when a key is made or changed, itself included', async () => {
    const { bearer, apiKey } = await manager()
    for (const scope of ['*', 'reports:*', 'reports:write', 'keys:*']) {
      expect((await by(bearer)('POST', '/', { name: 'x', scopes: [scope] })).status).toBe(403)
      expect((await by(bearer)('PATCH', `/${apiKey.id}`, { scopes: ['keys:manage', scope] })).status).toBe(403)
    }
    expect((await db.keys.get(apiKey.id))?.scopes).toEqual(['keys:manage', 'reports:read'])
  })

  test('when a wider key is rotated: its new token would be theirs', async () => {
    const { bearer } = await manager()
    const wide = await db.issue({ scopes: ['reports:write'] })
    const { status, body } = await by(bearer)('POST', `/${wide.apiKey.id}/rotate`, { grace: '1d' })
    expect({ status, body }).toMatchObject({
      status: 403,
      body: { code: 'forbidden', missingScopes: ['reports:write'] }
    })
    expect(await db.keys.get(wide.apiKey.id)).toMatchObject({ status: 'active', expiresAt: null })
  })

  test('when a key is widened while it is being rotated', async () => {
    const { bearer } = await manager()
    for (let round = 0; round < 20; round++) {
      const { apiKey } = await db.issue({ scopes: ['reports:read'] })
      const [rotated] = await Promise.all([
        by(bearer)('POST', `/${apiKey.id}/rotate`, { grace: 0 }),
        db.keys.update(apiKey.id, { scopes: ['*'] }).catch(() => {})
      ])
      if (rotated.status === 201) expect(rotated.body.apiKey.scopes).toEqual(['reports:read'])
      else expect(rotated.status).toBe(403)
    }
  })
})

test('a key that is revoked, narrowed or removed while its body comes makes nothing', async () => {
  for (const change of ['revoke', 'narrow', 'delete'] as const) {
    const { bearer, apiKey } = await manager()
    const body = JSON.stringify({ name: `made after ${change}` })
    const request = requestBytes({
      method: 'POST',
      path: '/keys',
      authorization: bearer,
      headers: [['Content-Type', 'application/json']],
      body
    })
    const answered = await sendInTwo(site.port, request, body.length - 5, async () => {
      if (change === 'revoke') await db.keys.revoke(apiKey.id)
      else if (change === 'delete') await db.keys.delete(apiKey.id)
      else await db.keys.update(apiKey.id, { scopes: ['keys:manage'] })
    })
    expect(answered).toMatch(/^HTTP\/1\.1 401 /)
    expect((await db.keys.list()).items.map(({ name }) => name)).not.toContain(`made after ${change}`)
  }
})

test('what it is refused for lack of the scope is counted and told', async () => {
  const { bearer, apiKey } = await db.issue({ scopes: ['reports:read'] })
  const events = recordEvents()
  await by(bearer)('GET', '/')
  const told = { apiKeyId: apiKey.id, ownerId: db.ownerId, reason: 'insufficient_scope', status: 403, ip: '127.0.0.1' }
  expect(events).toContainEqual({ name: 'keystile:denied', payload: told })
  await until(() => db.keys.health().waitingKeys === 0)
  expect(await db.keys.usage(apiKey.id)).toMatchObject({ allowed: 0, denied: 1 })
})

describe('nothing that it makes outlives it', () => {
  const lifetime = (created: { expiresAt: unknown }) =>
    Math.round((Date.parse(String(created.expiresAt)) - Date.now()) / day)

  test('a new key without an expiry ends with it, and a later one is refused', async () => {
    const { bearer } = await manager({ expiresIn: '10d' })
    expect(lifetime((await by(bearer)('POST', '/', { name: 'x' })).body.apiKey)).toBe(10)
    expect(lifetime((await by(bearer)('POST', '/', { name: 'x', expiresIn: '5d' })).body.apiKey)).toBe(5)
    const later = [{ expiresIn: '11d' }, { expiresAt: null }, { expiresAt: '2099-01-01T00:00:00Z' }]
    for (const expiry of later)
      expect((await by(bearer)('POST', '/', { name: 'x', ...expiry })).body).toMatchObject({
        status: 403,
        field: 'expiresAt'
      })
  })

  test('a key that lives longer gets no scopes from it, and can be renamed and narrowed', async () => {
    const { bearer } = await manager({ expiresIn: '10d' })
    const patch = (id: unknown, body: object) => by(bearer)('PATCH', `/${id}`, body)
    const eternal = (await db.issue({ scopes: ['reports:read'] })).apiKey.id
    expect((await patch(eternal, { scopes: ['reports:read', 'keys:manage'] })).body).toMatchObject({
      status: 403,
      missingScopes: ['keys:manage']
    })
    expect((await patch(eternal, { name: 'other', scopes: [] })).status).toBe(200)
    expect((await patch(eternal, { scopes: ['reports:read'] })).status).toBe(403)
    const shorter = (await db.issue({ expiresIn: '9d' })).apiKey.id
    expect((await patch(shorter, { scopes: ['reports:read'] })).status).toBe(200)
  })

  test('not by a moment, as time goes on while it is made', async () => {
    let nowMs = Date.now()
    const own = await embeddedKeys({ now: () => nowMs++ })
    const { ask } = await management({
      keys: own.keys,
      people: {},
      options: { apiKeyScope: 'keys:manage' },
      before: (app) => void app.use(apiKeyAuth({ keys: own.keys }))
    })
    const { bearer, apiKey } = await own.issue({ scopes: ['*'], expiresIn: '1h' })
    const end = apiKey.expiresAt?.getTime() ?? 0
    nowMs = end - 60_040
    for (let i = 0; i < 10; i++) {
      const made = await ask('POST', '/', { body: { name: 'x', expiresIn: '1m' }, headers: { authorization: bearer } })
      if (made.status === 201) expect(Date.parse(made.body.apiKey.expiresAt)).toBeLessThanOrEqual(end)
      else expect(made.status).toBe(403)
    }
  })

  test('neither does a successor, of itself too', async () => {
    const { bearer, apiKey } = await manager({ expiresIn: '10d' })
    const eternal = await db.issue({ scopes: [] })
    const rotated = (await by(bearer)('POST', `/${eternal.apiKey.id}/rotate`, { grace: 0 })).body
    expect(lifetime(rotated.apiKey)).toBe(10)
    expect((await by(bearer)('POST', `/${rotated.apiKey.id}/rotate`, { grace: 0, expiresIn: '90d' })).status).toBe(403)
    const own = (await by(bearer)('POST', `/${apiKey.id}/rotate`, { grace: '1h' })).body
    expect(own.apiKey.expiresAt).toBe(apiKey.expiresAt?.toISOString())
  })
})

test('a key in a browser of another site is refused like a session', async () => {
  const { bearer } = await manager()
  const headers = { authorization: bearer, 'sec-fetch-site': 'cross-site' }
  expect((await site.ask('POST', '/', { body: { name: 'x' }, headers })).body.code).toBe('cross_site')
})

test('a key with limits passes them on, and rotates only keys with the same', async () => {
  const limits = { allowedIps: ['127.0.0.1'], rateLimit: { limit: 100, window: '1m' } } as const
  const { bearer } = await manager(limits)
  const made = await by(bearer)('POST', '/', { name: 'made by a key' })
  expect(made.body.apiKey).toMatchObject(limits)
  expect((await by(bearer)('POST', `/${made.body.apiKey.id}/rotate`, { grace: 0 })).body.apiKey).toMatchObject(limits)
  const { apiKey: free } = await db.issue()
  const rotated = await by(bearer)('POST', `/${free.id}/rotate`, { grace: 0 })
  expect(rotated).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  expect((await db.keys.get(free.id))?.status).toBe('active')
})
