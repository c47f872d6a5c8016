/** A management API under attack: each answer must be a refusal, and nothing may be changed. */
import { apiKeyAuth } from 'keystile'
import { beforeAll, beforeEach, expect } from 'vitest'
import { type EmbeddedKeys, embeddedKeys } from './embedded-keys.js'
import { type Asked, type Asking, type Management, management } from './management.js'

export interface Attacked {
  readonly method: string
  readonly path: string
  readonly body?: object
}

const routes: readonly Attacked[] = [
  { method: 'GET', path: '/' },
  { method: 'GET', path: '/scopes' },
  { method: 'GET', path: '/events' },
  { method: 'GET', path: '/:id' },
  { method: 'GET', path: '/:id/usage' },
  { method: 'GET', path: '/:id/events' },
  { method: 'POST', path: '/', body: { name: 'forged' } },
  { method: 'PATCH', path: '/:id', body: { name: 'forged' } },
  { method: 'POST', path: '/:id/rotate', body: { grace: 0 } },
  { method: 'POST', path: '/:id/revoke', body: { reason: 'forged' } },
  { method: 'DELETE', path: '/:id' }
]
export const each = routes.map((route) => [`${route.method} ${route.path}`, route] as const)
export const ofKeys = each.filter(([, { path }]) => path.includes(':id'))
export const changing = each.filter(([, { method }]) => method !== 'GET')
export const withBody = each.filter(([, { body }]) => body)

/** The parts of a setting; made before the tests of the file that asks for it. */
export interface UnderAttack {
  readonly db: EmbeddedKeys
  readonly site: Management
  /** A key of Ada's, with the scope reports:read, which is all that she may grant. Eve may grant everything. */
  readonly id: string
  readonly token: string
  ask(route: Attacked, asking: Asking, ofId?: string): Promise<Asked>
  expectRefused(asked: Asked, status: number, code: string): Promise<void>
}

async function setUp(): Promise<Omit<UnderAttack, 'expectRefused'>> {
  // Uses are counted too: not while the tests compare.
  const db = await embeddedKeys({
    scopes: { 'reports:read': 'Read', 'reports:write': 'Write' },
    flushIntervalMs: 60_000
  })
  const eve = (await db.keys.ensureOwner({ email: 'eve@example.com' })).owner
  const { apiKey, token } = await db.issue({ scopes: ['reports:read'] })
  const id = String(apiKey.id)
  const site = await management({
    keys: db.keys,
    before: (app) => void app.use(apiKeyAuth({ keys: db.keys, optional: true })),
    people: { ada: { ownerId: db.ownerId, scopes: ['reports:read'] }, eve: { ownerId: eve.id, scopes: ['*'] } }
  })
  return {
    db,
    site,
    id,
    token,
    ask: ({ method, path, body }, asking, ofId = id) =>
      site.ask(method, path.replace(':id', ofId), { ...(body && { body }), ...asking })
  }
}

/** Everything that a request could change. */
const stateOf = async ({ sql }: EmbeddedKeys) => [
  await sql('SELECT * FROM api_keys ORDER BY id'),
  await sql('SELECT * FROM api_key_events ORDER BY id'),
  await sql('SELECT * FROM users ORDER BY id')
]

export function underAttack(): UnderAttack {
  const made: Partial<Omit<UnderAttack, 'expectRefused'>> = {}
  const current = made as Omit<UnderAttack, 'expectRefused'>
  let before: unknown
  beforeAll(async () => void Object.assign(made, await setUp()))
  beforeEach(async () => {
    before = await stateOf(current.db)
  })
  return Object.assign(made as UnderAttack, {
    async expectRefused(asked: Asked, status: number, code: string) {
      expect({ status: asked.status, code: asked.body.code }, asked.text).toEqual({ status, code })
      expect(asked.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
      expect(asked.headers.get('cache-control')).toBe('no-store')
      expect(asked.text).not.toContain(current.token)
      expect(await stateOf(current.db)).toEqual(before)
    }
  })
}
