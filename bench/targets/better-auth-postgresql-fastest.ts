import type { Target } from '../target.js'
import { hashOf, seedBetterAuth, serveBetterAuth } from './shared/better-auth.js'
import { memoryStorage } from './shared/memory-storage.js'
import { owners } from './shared/rows.js'

/** What the plugin writes into secondary storage when it makes these keys there. */
function entriesOf(tokens: readonly string[]): Map<string, string> {
  const storage = new Map<string, string>()
  const now = new Date().toISOString()
  const idsOf = new Map<string, string[]>()
  for (const [index, token] of tokens.entries()) {
    const referenceId = uuid(index % owners)
    const key = { ...plainKey, id: uuid(index), start: token.slice(0, 6), referenceId, key: hashOf(token) }
    const entry = JSON.stringify({ ...key, createdAt: now, updatedAt: now })
    storage.set(`api-key:${key.key}`, entry)
    storage.set(`api-key:by-id:${key.id}`, entry)
    const ids = idsOf.get(referenceId) ?? []
    idsOf.set(referenceId, [...ids, key.id])
  }
  for (const [referenceId, ids] of idsOf) storage.set(`api-key:by-ref:${referenceId}`, JSON.stringify(ids))
  return storage
}

const uuid = (n: number) => `019ac000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`

const plainKey = {
  configId: 'default',
  name: 'laptop',
  prefix: 'sk_',
  refillInterval: null,
  refillAmount: null,
  lastRefillAt: null,
  enabled: true,
  rateLimitEnabled: false,
  rateLimitTimeWindow: null,
  rateLimitMax: null,
  requestCount: 0,
  remaining: null,
  lastRequest: null,
  expiresAt: null,
  permissions: null,
  metadata: null
}

/**
 * https://better-auth.com/docs/plugins/api-key/advanced#storage-modes without fallback: what is there is not in the database. Other
 * rows would be memory alone, so none are made up.
 */
const target: Target = {
  title: 'Better Auth, keys in memory, updates deferred',
  database: 'postgresql',
  does: 'auth.api.verifyApiKey with secondary storage in a Map of this process, `deferUpdates`, and no rate limit: no database, nothing counted, and a restart forgets all keys',
  seed: (database) => seedBetterAuth(database, { keys: false }),
  async serve({ url, tokens }) {
    const customStorage = memoryStorage(entriesOf(tokens))
    return serveBetterAuth(url, {
      plugin: { storage: 'secondary-storage', customStorage, deferUpdates: true, rateLimit: { enabled: false } },
      // The process lives on: deferred work needs nobody to wait for it.
      options: { advanced: { backgroundTasks: { handler: () => {} } } }
    })
  }
}

export default target
