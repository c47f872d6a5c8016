import type { Target } from '../target.js'
import { countsBetterAuth, rateLimit, seedBetterAuth, serveBetterAuth } from './shared/better-auth.js'

const target: Target = {
  title: 'Better Auth, rate limit on, PostgreSQL',
  database: 'postgresql',
  does: 'auth.api.verifyApiKey with its rate limit, which no load reaches: finds the key, counts it and writes when it was used; reads no owner',
  seed: (database) => seedBetterAuth(database),
  counts: countsBetterAuth,
  serve: ({ url }) => serveBetterAuth(url, { plugin: { rateLimit: { enabled: true, ...rateLimit } } })
}

export default target
