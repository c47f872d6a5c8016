import type { Target } from '../target.js'
import { seedBetterAuth, serveBetterAuth } from './shared/better-auth.js'

const target: Target = {
  title: 'Better Auth, rate limit off, PostgreSQL',
  database: 'postgresql',
  does: 'auth.api.verifyApiKey with `rateLimit: { enabled: false }`: finds the key, writes when it was used; counts nothing, reads no owner',
  seed: (database) => seedBetterAuth(database),
  serve: ({ url }) => serveBetterAuth(url, { plugin: { rateLimit: { enabled: false } } })
}

export default target
