import express, { type Express } from 'express'
import { type ApiKeys, apiKeyAuth, getApiKey, requireScopes } from 'keystile'
import { probes } from './probes.js'

interface Report {
  readonly id: number
  readonly title: string
  readonly author: string
}

/**
 * A small service of reports, as an app on keystile looks. It does not listen: that is for whoever makes it.
 * @param stopping aborted when the process begins to stop
 */
export function createApp(keys: ApiKeys, stopping?: AbortSignal): Express {
  const reports: Report[] = [{ id: 1, title: 'Visitors in May', author: 'demo@example.com' }]
  const app = express()

  app.use((_req, res, next) => {
    // A client that keeps its connection would come back by it to a process that has ended.
    if (stopping?.aborted) res.set('Connection', 'close')
    next()
  })
  app.use(probes(keys, stopping))

  app.get('/', (_req, res) => {
    res.json({ service: 'reports', routes: ['GET /me', 'GET /reports', 'POST /reports'] })
  })

  // All routes from here on need a key.
  app.use(apiKeyAuth({ keys }))

  app.get('/me', (req, res) => {
    const { apiKey, owner } = getApiKey(req)
    res.json({ owner: owner.email, key: apiKey.name, scopes: apiKey.scopes, expiresAt: apiKey.expiresAt })
  })

  app.get('/reports', requireScopes('reports:read'), (_req, res) => {
    res.json(reports)
  })

  app.post('/reports', requireScopes('reports:write'), express.json(), (req, res) => {
    const title: unknown = req.body?.title
    if (typeof title !== 'string' || title === '') {
      res.status(400).json({ error: 'Send a title as JSON: {"title":"Visitors in June"}' })
      return
    }
    const report = { id: reports.length + 1, title, author: getApiKey(req).owner.email ?? 'unknown' }
    reports.push(report)
    res.status(201).json(report)
  })

  return app
}
