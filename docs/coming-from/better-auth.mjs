// better-auth.mjs
// Prints the keys of Better Auth's api-key plugin as JSON lines. Arguments: the prefix of the keys to print, or '' for those
// without one; and --with-quotas for keys with a `remaining` too.
import { prisma } from './db.ts'

const [prefix = '', withQuotas] = process.argv.slice(2)

/** { reports: ['read'] } is reports:read. A star means nothing to Better Auth, and everything to keystile. */
const scopesOf = (permissions) =>
  Object.entries(JSON.parse(permissions ?? 'null') ?? {})
    .flatMap(([resource, actions]) => actions.map((action) => `${resource}:${action}`))
    .filter((scope) => !scope.endsWith('*'))

/** Earlier versions wrote it as JSON within JSON. */
const metadataOf = (text) => {
  const value = JSON.parse(text ?? 'null')
  return typeof value === 'string' ? JSON.parse(value) : value
}

for (const key of await prisma.betterAuthKey.findMany({ orderBy: { createdAt: 'asc' } })) {
  if ((key.prefix ?? '') !== prefix) continue
  if (key.remaining !== null && withQuotas !== '--with-quotas') {
    console.error(`Left out, since it has a quota: ${key.id} (${key.remaining} remaining)`)
    continue
  }
  const isLimited = key.rateLimitEnabled && key.rateLimitMax && key.rateLimitTimeWindow
  const row = {
    id: key.id,
    // Until version 1.4 of the plugin it was userId.
    user_id: key.referenceId,
    name: key.name,
    // SHA-256 in base64url. With disableKeyHashing it is the key itself: createHash('sha256').update(key.key).digest('hex')
    key_hash: key.key,
    key_prefix: `${key.start ?? prefix}...`,
    scopes: scopesOf(key.permissions),
    is_active: key.enabled !== false && !(key.remaining === 0 && key.refillAmount === null),
    last_used_at: key.lastRequest,
    usage_count: key.requestCount ?? 0,
    expires_at: key.expiresAt,
    created_at: key.createdAt,
    updated_at: key.updatedAt,
    metadata: metadataOf(key.metadata),
    rate_limit: isLimited ? { limit: key.rateLimitMax, window: `${Math.ceil(key.rateLimitTimeWindow / 1000)}s` } : null
  }
  console.log(JSON.stringify(row))
}
await prisma.$disconnect()
