import express, { type Express } from 'express'
import { type ApiKeys, apiKeyAuth, getApiKey, requireScopes } from 'keystile'

interface Report {
  readonly id: number
  readonly title: string
  readonly author: string
}

/** A small service of reports, as an app on keystile looks. It does not listen: that is for whoever makes it. */
export function createApp(keys: ApiKeys): Express {
  const reports: Report[] = [{ id: 1, title: 'Visitors in May', author: 'demo@example.com' }]
  const app = express()

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
