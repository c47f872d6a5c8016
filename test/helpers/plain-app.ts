/** The smallest app that a key protects; also for processes of their own, so without the test runner. */
import express, { type Express, type Request } from 'express'
import { type ApiKeys, apiKeyAuth } from 'keystile'

/** Answers 204 to every request with a good key. `onRun` is called as its handler starts. */
export function plainApp(keys: ApiKeys, onRun: (req: Request) => void = () => {}): Express {
  const app = express()
  app.use(apiKeyAuth({ keys }))
  app.get('/', (req, res) => {
    onRun(req)
    res.status(204).end()
  })
  return app
}
