/** An app with the page: an API that keys open, and a sign-in that is a cookie. */
import express, { type Express } from 'express'
import { type ApiKeysOptions, apiKeyAuth, apiKeyRouter, defineScopes, requireScopes } from 'keystile'
import { type EmbeddedKeys, embeddedKeys } from '../helpers/embedded-keys.js'
import { serve } from '../helpers/express-apps.js'

export const scopes = defineScopes({
  'reports:read': 'Read reports and their figures',
  'reports:write': 'Make, change and remove reports',
  'members:read': 'See who is a member of the team',
  'billing:read': 'See invoices and the plan'
})

export interface PageSite extends EmbeddedKeys {
  readonly origin: string
  /** The page. */
  readonly url: string
  /** Who is signed in; null: nobody. */
  actor: { ownerId: string; scopes: string[]; allOwners?: boolean; name?: string } | null
  /** Statuses that are answered instead of the API, once each. */
  readonly failures: number[]
  /** Asks the app with a key: its status. */
  ask(token: string, path?: string): Promise<number>
}

function appOf(keys: EmbeddedKeys['keys'], site: () => PageSite): Express {
  const app = express()
  const auth = apiKeyAuth({ keys })
  app.get('/reports', auth, requireScopes('reports:read'), (_req, res) => void res.json([]))
  app.get('/members', auth, requireScopes('members:read'), (_req, res) => void res.json([]))
  app.get('/open', auth, (_req, res) => void res.json([]))
  app.get('/sign-in', (_req, res) => void res.send('Sign in'))
  app.use('/keys', (req, res, next) => {
    const status = req.path.startsWith('/ui') ? undefined : site().failures.shift()
    if (status === undefined) return next()
    res.status(status).json({ status, detail: 'The database is away.', code: 'unavailable' })
  })
  app.use('/keys', apiKeyRouter({ keys, actor: () => site().actor, page: true, signInPath: '/sign-in' }))
  return app
}

export async function pageSite(options: Omit<ApiKeysOptions, 'url' | 'prisma'> = {}): Promise<PageSite> {
  const embedded = await embeddedKeys({ scopes, usage: 'immediate', ...options })
  const { port } = await serve(appOf(embedded.keys, () => site))
  const origin = `http://127.0.0.1:${port}`
  const site: PageSite = {
    ...embedded,
    origin,
    url: `${origin}/keys/ui/`,
    actor: { ownerId: String(embedded.ownerId), scopes: Object.keys(scopes), name: 'Ada' },
    failures: [],
    async ask(token, path = '/open') {
      const answer = await fetch(`${origin}${path}`, { headers: { Authorization: `Bearer ${token}` } })
      await answer.arrayBuffer()
      return answer.status
    }
  }
  return site
}
