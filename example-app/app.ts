import { fileURLToPath } from 'node:url'
import express, { type Express } from 'express'
import helmet from 'helmet'
import { type ApiKeys, apiKeyRouter } from 'keystile'
import type { Logger } from 'pino'
import { accounts } from './accounts/index.js'
import { cookieName, createSessions } from './accounts/session.js'
import { api } from './api/index.js'
import { openApi } from './api/openapi.js'
import type { Database } from './database/index.js'
import { answerErrors, notFound } from './errors.js'
import { logRequests } from './log.js'
import { home } from './pages/index.js'
import { probes } from './probes.js'
import { grantable } from './scopes.js'
import type { Settings } from './settings.js'

const publicFolder = fileURLToPath(new URL('public', import.meta.url))

/** No inline style or script, nothing from elsewhere, in nobody's frame. */
const securityHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'img-src': ["'self'"],
      'connect-src': ["'self'"],
      'form-action': ["'self'"],
      'frame-ancestors': ["'none'"],
      'base-uri': ["'none'"]
    }
  },
  // Helmet's own no-referrer makes browsers send `Origin: null` with the forms of this very site.
  referrerPolicy: { policy: 'same-origin' }
})

export interface Parts {
  readonly prisma: Database
  readonly keys: ApiKeys
  readonly logger: Logger
  readonly settings: Settings
  /** Aborted when the process begins to stop. */
  readonly stopping: AbortSignal
}

/** A small service of reports. It does not listen: that is for whoever makes it. */
export function createApp({ prisma, keys, logger, settings, stopping }: Parts): Express {
  const app = express()
  app.set('trust proxy', settings.proxies)
  app.disable('etag')
  app.use((_req, res, next) => {
    // A client that keeps its connection would come back by it to a process that has ended.
    if (stopping.aborted) res.set('Connection', 'close')
    next()
  })
  app.use(logRequests(logger), securityHeaders, probes(keys, stopping))
  app.use(express.static(publicFolder, { maxAge: '1h', index: false }))
  app.use('/api', api(prisma, keys, settings.apiLimit))

  const sessions = createSessions(prisma, settings, logger)
  const keyRouter = apiKeyRouter({
    keys,
    async actor(req) {
      const user = await sessions.findUser(req)
      return user && { ownerId: user.id, scopes: grantable(user), allOwners: false, name: user.email }
    },
    page: true,
    signInPath: '/sign-in'
  })
  const document = openApi(keyRouter, '/keys', cookieName(settings.isProduction))
  app.get('/openapi.json', (_req, res) => res.json(document))

  app.use(sessions.read)
  app.use('/keys', keyRouter)
  app.use(home(prisma, sessions), accounts(prisma, sessions))
  app.use(notFound, answerErrors(logger))
  return app
}
