/** The channels of node:diagnostics_channel, each with its exact payload. */
import { fileURLToPath } from 'node:url'
import { apiKeyAuth, createApiKeys, requireScopes } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { statusOfDropped } from './helpers/dropped-fields.js'
import { embeddedKeys } from './helpers/embedded-keys.js'
import { expressVersions, type Site, serve } from './helpers/express-apps.js'
import { manualClock } from './helpers/manual-clock.js'
import { projectRoot } from './helpers/prisma-migrate.js'
import { run } from './helpers/programs.js'
import { recordEvents } from './helpers/recorded-events.js'
import type { RequestParts } from './helpers/wire.js'

const dropped = await statusOfDropped()

const clock = manualClock()
const { keys, issue, ownerId, sql } = await embeddedKeys({ now: clock, flushIntervalMs: 10 })
const ip = '127.0.0.1'
const main = fileURLToPath(new URL('helpers/collected-channel-main.ts', import.meta.url))

describe.each(expressVersions)('on $name', ({ express }) => {
  let site: Site

  beforeAll(async () => {
    const app = express()
    app.use(apiKeyAuth({ keys }))
    app.get('/guarded', requireScopes('a'), (_, res) => void res.send('in'))
    app.use((_, res) => void res.send('in'))
    site = await serve(app)
  })

  test('keystile:authenticated tells of the key, its owner and the address', async () => {
    const { apiKey, bearer } = await issue()
    const events = recordEvents()
    expect((await site.request({ authorization: bearer })).status).toBe(200)
    expect(events).toEqual([{ name: 'keystile:authenticated', payload: { apiKeyId: apiKey.id, ownerId, ip } }])
  })

  const unnamed: readonly (readonly [string, number, (token: string) => RequestParts])[] = [
    ['no_credentials', 401, () => ({})],
    ['other_scheme', 401, () => ({ authorization: 'Basic YTpi' })],
    ['headers_dropped', 401, () => ({ headers: Array.from({ length: 1_000 }, () => ['a', 'b'] as const) })],
    ['duplicate_header', 400, (token) => ({ headers: [['Authorization', token]], authorization: token })],
    ['malformed_header', 400, (token) => ({ authorization: `Bearer ${token} ${token}` })],
    ['foreign_token', 401, () => ({ authorization: 'Bearer e30.e30.x' })],
    ['bad_checksum', 401, (token) => ({ authorization: `Bearer ${token.slice(0, -1)}` })]
  ]

  test.each(unnamed)('keystile:denied with %s names no key', async (reason, status, make) => {
    if (reason === 'headers_dropped' && dropped === 431) return // Node refuses such a request before the app has it.
    const { token } = await issue()
    const events = recordEvents()
    expect((await site.request(make(token))).status).toBe(status)
    expect(events).toEqual([{ name: 'keystile:denied', payload: { reason, status, ip } }])
  })

  test('keystile:denied with unknown names no key', async () => {
    const { apiKey, bearer } = await issue()
    await keys.delete(apiKey.id)
    const events = recordEvents()
    expect((await site.request({ authorization: bearer })).status).toBe(401)
    expect(events).toEqual([{ name: 'keystile:denied', payload: { reason: 'unknown', status: 401, ip } }])
  })

  const named: readonly (readonly [string, (id: string) => unknown])[] = [
    ['revoked', (id) => keys.revoke(id)],
    ['expired', () => clock.pass(60_000)],
    ['owner_inactive', () => sql('UPDATE users SET is_active = 0')],
    ['damaged', (id) => sql("UPDATE api_keys SET hash_alg = 'rot13' WHERE id = ?", id)]
  ]

  test.each(named)('keystile:denied with %s names the key and its owner', async (reason, spoil) => {
    const { apiKey, bearer } = await issue({ expiresIn: '1m' })
    await spoil(String(apiKey.id))
    const events = recordEvents()
    expect((await site.request({ authorization: bearer })).status).toBe(401)
    await sql('UPDATE users SET is_active = 1')
    expect(events.filter(({ name }) => name !== 'keystile:damaged')).toEqual([
      { name: 'keystile:denied', payload: { reason, status: 401, apiKeyId: apiKey.id, ownerId, ip } }
    ])
  })

  test('keystile:denied with insufficient_scope follows the authentication', async () => {
    const { apiKey, bearer } = await issue()
    const events = recordEvents()
    expect((await site.request({ authorization: bearer, path: '/guarded' })).status).toBe(403)
    expect(events).toEqual([
      { name: 'keystile:authenticated', payload: { apiKeyId: apiKey.id, ownerId, ip } },
      {
        name: 'keystile:denied',
        payload: { reason: 'insufficient_scope', status: 403, apiKeyId: apiKey.id, ownerId, ip }
      }
    ])
  })

  test('keystile:denied with closed, and with database_unavailable, is a 503', async () => {
    const { bearer } = await issue()
    const [closed, unreachable] = [await embeddedKeys(), createApiKeys({ url: 'postgresql://u:p@127.0.0.1:1/none' })]
    await closed.keys.close()
    for (const [instance, reason] of [
      [closed.keys, 'closed'],
      [unreachable, 'database_unavailable']
    ] as const) {
      const app = express()
      app.use(apiKeyAuth({ keys: instance }))
      const { request } = await serve(app)
      const events = recordEvents()
      expect((await request({ authorization: bearer })).status).toBe(503)
      expect(events.at(-1)).toEqual({ name: 'keystile:denied', payload: { reason, status: 503, ip } })
    }
  })
})

describe('the life of a key', () => {
  test('created, updated, rotated, revoked and deleted each tell of it once', async () => {
    const events = recordEvents()
    const { apiKey } = await issue()
    const id = apiKey.id
    await keys.update(id, { name: 'desktop', scopes: ['a'] })
    const { apiKey: next } = await keys.rotate(id, { grace: '1h' })
    const oldExpiresAt = new Date(clock() + 3_600_000)
    await keys.revoke(next.id, { reason: 'lost' })
    await keys.revoke(next.id, { reason: 'again' })
    await keys.delete(next.id)
    expect(events).toEqual([
      { name: 'keystile:created', payload: { apiKeyId: id, ownerId } },
      { name: 'keystile:updated', payload: { apiKeyId: id, ownerId, fields: ['name', 'scopes'] } },
      { name: 'keystile:rotated', payload: { apiKeyId: id, ownerId, newApiKeyId: next.id, oldExpiresAt } },
      { name: 'keystile:revoked', payload: { apiKeyId: next.id, ownerId, reason: 'lost' } },
      { name: 'keystile:revoked', payload: { apiKeyId: id, ownerId, reason: 'lost' } },
      { name: 'keystile:deleted', payload: { apiKeyId: next.id, ownerId } }
    ])
  })

  test('keys.verify tells what the middleware tells', async () => {
    const { apiKey, token } = await issue()
    const events = recordEvents()
    await keys.verify(token, { ip: '::ffff:192.0.2.1' })
    await keys.verify('nothing').catch(() => {})
    expect(events).toEqual([
      { name: 'keystile:authenticated', payload: { apiKeyId: apiKey.id, ownerId, ip: '192.0.2.1' } },
      { name: 'keystile:denied', payload: { reason: 'foreign_token', status: 401, ip: null } }
    ])
  })
})

test('keystile:damaged names the key and the fields that can not be read', async () => {
  const { apiKey, token } = await issue({ scopes: ['a'] })
  await sql("UPDATE api_keys SET scopes = '{}', metadata = '[' WHERE id = ?", String(apiKey.id))
  const events = recordEvents()
  expect((await keys.verify(token)).apiKey).toMatchObject({ scopes: [], metadata: null })
  expect(events).toContainEqual({
    name: 'keystile:damaged',
    payload: { apiKeyId: apiKey.id, fields: ['scopes', 'metadata'] }
  })
})

test('keystile:usage-flush-failed tells how many keys wait and since when, and no use is lost', async () => {
  const { keys, issue, sql } = await embeddedKeys({ now: clock, flushIntervalMs: 10 })
  const { apiKey, token } = await issue()
  await sql('ALTER TABLE api_key_flushes RENAME TO elsewhere')
  const events = recordEvents()
  await keys.verify(token)
  const failed = () => events.filter(({ name }) => name === 'keystile:usage-flush-failed')
  await expect.poll(() => failed().length, { timeout: 10_000 }).toBeGreaterThan(0)
  await sql('ALTER TABLE elsewhere RENAME TO api_key_flushes')
  expect(failed()[0]?.payload).toEqual({
    error: expect.any(String),
    waitingKeys: 1,
    waitingSince: new Date(clock())
  })
  await expect.poll(async () => (await keys.get(apiKey.id))?.usageCount, { timeout: 10_000 }).toBe(1)
})

test('keystile:warning with database_unavailable says which database, without its password', async () => {
  const unreachable = createApiKeys({ url: 'postgresql://ada:hunter2@127.0.0.1:1/none' })
  const events = recordEvents()
  await expect(unreachable.ready()).rejects.toMatchObject({ code: 'unavailable' })
  expect(events).toEqual([
    {
      name: 'keystile:warning',
      payload: { code: 'database_unavailable', message: expect.stringContaining('127.0.0.1:1/none') }
    }
  ])
  expect(JSON.stringify(events)).not.toContain('hunter2')
})

test('who stopped listening and listens again hears everything', async () => {
  const { stdout } = await run(process.execPath, ['--expose-gc', '--import', 'tsx', main], {
    cwd: projectRoot
  })
  expect(stdout.trim()).toBe('1')
})
