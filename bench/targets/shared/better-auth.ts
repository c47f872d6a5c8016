/**
 * Better Auth's api-key plugin on Prisma: https://better-auth.com/docs/plugins/api-key and its pages advanced and reference,
 * https://better-auth.com/docs/adapters/prisma.
 */
import { createHash } from 'node:crypto'
import type { apiKey as apiKeyPlugin } from '@better-auth/api-key'
import type { BetterAuthOptions } from 'better-auth'
import type { RequestHandler } from 'express'
import type { Client } from 'pg'
import type { Serving, TargetDatabase } from '../../target.js'
import { appWith, bearerToken, refuse, remember } from './app.js'
import { filled, idOf, onPostgresql } from './postgresql.js'
import { namer } from './prisma-postgresql.js'
import { owners } from './rows.js'
import { tablesSql } from './tables-sql.js'

/** A day, the plugin's default, and more requests than any load makes. */
export const rateLimit = { timeWindow: 86_400_000, maxRequests: 1_000_000_000 }

/** As the plugin hashes by default: SHA-256 in base64url. */
export const hashOf = (token: string) => createHash('sha256').update(token).digest('base64url')

export interface BetterAuthSettings {
  readonly plugin: NonNullable<Parameters<typeof apiKeyPlugin>[0]>
  readonly options?: Omit<BetterAuthOptions, 'database' | 'plugins'>
}

export async function serveBetterAuth(url: string, { plugin, options = {} }: BetterAuthSettings): Promise<Serving> {
  const [{ betterAuth }, { prismaAdapter }, { apiKey }, { PrismaPg }, { PrismaClient }] = await Promise.all([
    import('better-auth'),
    import('better-auth/adapters/prisma'),
    import('@better-auth/api-key'),
    import('@prisma/adapter-pg'),
    import('../../generated/better-auth/client.js')
  ])
  const adapter = new PrismaPg({ connectionString: url }, { statementNameGenerator: namer() })
  const prisma = new PrismaClient({ adapter })
  const auth = betterAuth({
    baseURL: 'http://localhost:3000',
    secret: 'only-for-the-bench-0123456789abcdef',
    telemetry: { enabled: false },
    // By default each refused key is printed, with its stack.
    logger: { disabled: true },
    ...options,
    database: prismaAdapter(prisma, { provider: 'postgresql' }),
    plugins: [apiKey(plugin)]
  })
  const authenticate: RequestHandler = async (req, res, next) => {
    const token = bearerToken(req)
    if (token === undefined) return refuse(res)
    const { valid, key } = await auth.api.verifyApiKey({ body: { key: token } })
    if (!valid || key === null) return refuse(res)
    remember(req, key)
    next()
  }
  return { app: appWith(authenticate), close: () => prisma.$disconnect() }
}

const userColumns = 'id, name, email, "emailVerified", "createdAt", "updatedAt"'
const keyColumns = `id, name, start, "referenceId", prefix, key, "rateLimitTimeWindow", "rateLimitMax", "createdAt", "updatedAt"`

const users = `INSERT INTO "user" (${userColumns})
  SELECT ${idOf('i')}, 'Owner ' || i, 'owner' || i || '@example.com', true, now(), now() FROM generate_series(0, ${owners - 1}) AS i`

const keysFrom = (key: string, start: string, source: string) => `INSERT INTO apikey (${keyColumns})
  SELECT ${idOf('i')}, 'laptop', ${start}, ${idOf(`i % ${owners}`)}, 'sk_', ${key}, ${rateLimit.timeWindow}, ${rateLimit.maxRequests},
    now(), now() FROM ${source}`

/** Tables, users, and where the database has the keys, those. */
export const seedBetterAuth = ({ url, tokens, rows }: TargetDatabase, { keys = true } = {}) =>
  onPostgresql(url, async (client) => {
    await client.query(tablesSql('better-auth'))
    await client.query(users)
    if (keys) await filled(client, 'apikey', () => insertKeys(client, tokens, rows))
    await client.query('VACUUM ANALYZE')
  })

async function insertKeys(client: Client, tokens: readonly string[], total: number): Promise<void> {
  await client.query(
    keysFrom('key', 'start', 'unnest($1::text[], $2::text[]) WITH ORDINALITY AS given (key, start, i)'),
    [tokens.map(hashOf), tokens.map((token) => token.slice(0, 6))]
  )
  const made = `translate(encode(sha256(('other ' || i)::bytea), 'base64'), '+/=', '-_')`
  await client.query(keysFrom(made, `'sk_' || left(md5(i::text), 3)`, 'generate_series($1::int + 1, $2::int) AS i'), [
    tokens.length,
    total
  ])
}

/** What the plugin counts where its rate limit is on. */
export const countsBetterAuth = ({ url, tokens }: TargetDatabase) =>
  onPostgresql(url, async (client) => {
    const hashes = tokens.map(hashOf)
    const { rows } = await client.query<{ key: string; count: number }>(
      'SELECT key, "requestCount" AS count FROM apikey WHERE key = ANY ($1)',
      [hashes]
    )
    const counts = new Map(rows.map(({ key, count }) => [key, count]))
    return hashes.map((hash) => counts.get(hash) ?? 0)
  })
