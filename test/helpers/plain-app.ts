/** The smallest app that a key protects; also for processes of their own, so without the test runner. */
import express, { type Express } from 'express'
import { type ApiKeys, apiKeyAuth } from 'keystile'

/** Answers 204 to every request with a good key. */
export function plainApp(keys: ApiKeys): Express {
  const app = express()
  app.use(apiKeyAuth({ keys }))
  app.get('/', (_req, res) => void res.status(204).end())
  return app
}
