import { Router } from 'express'
import { type ApiKeys, apiKeyAuth, getApiKey } from 'keystile'
import { apiKeyRateLimit } from 'keystile/rate-limit'
import type { Database } from '../database/index.js'
import { sendProblem } from '../problems.js'
import { reports } from './reports.js'
import { users } from './users.js'

/** The API: every route needs a key, and most a scope. */
export function api(prisma: Database, keys: ApiKeys, limit: number): Router {
  const router = Router()
  router.use(apiKeyAuth({ keys }), apiKeyRateLimit({ limit, window: '1m' }))

  router.get('/me', (req, res) => {
    const { apiKey, owner } = getApiKey(req)
    res.json({ owner: owner.email, key: apiKey.name, scopes: apiKey.scopes, expiresAt: apiKey.expiresAt })
  })
  router.use('/reports', reports(prisma))
  router.use('/admin/users', users(prisma))

  router.use((_req, res) => sendProblem(res, 404, 'not_found', 'There is nothing here. See /openapi.json.'))
  return router
}
