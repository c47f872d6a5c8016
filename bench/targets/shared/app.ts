/** What the apps of all targets have in common: one route, and what is before it. */
import express, { type Express, type Request, type RequestHandler, type Response } from 'express'
import { answer } from '../../target.js'

/** Express 5 as it is out of the box, with the handlers before `GET /`. */
export function appWith(...handlers: readonly RequestHandler[]): Express {
  const app = express()
  for (const handler of handlers) app.use(handler)
  app.get('/', (_req, res) => {
    res.json(answer)
  })
  return app
}

const scheme = 'Bearer '

/** The token of `Authorization: Bearer …`, as most apps read it. */
export function bearerToken(req: Request): string | undefined {
  const header = req.headers.authorization
  return header?.startsWith(scheme) ? header.slice(scheme.length) : undefined
}

export function refuse(res: Response): void {
  res.status(401).json({ error: 'unauthorized' })
}

/** What the route's own code would read. */
export function remember(req: Request, apiKey: object): void {
  const mutable: { apiKey?: unknown } = req
  mutable.apiKey = apiKey
}
