import type { RequestHandler } from 'express'
import type { Target } from '../target.js'
import { appWith, bearerToken, refuse, remember } from './shared/app.js'
import { sha256 } from './shared/sha256.js'

const target: Target = {
  title: 'the limit: header, SHA-256, Map',
  database: 'none',
  does: 'takes the token from the header, looks its SHA-256 up in a Map, and counts there: no database, no expiry, no revocation',
  async serve({ tokens }) {
    const keys = new Map(tokens.map((token, index) => [sha256(token), { name: `key ${index}`, usageCount: 0 }]))
    const authenticate: RequestHandler = (req, res, next) => {
      const token = bearerToken(req)
      const key = token === undefined ? undefined : keys.get(sha256(token))
      if (key === undefined) return refuse(res)
      key.usageCount++
      remember(req, key)
      next()
    }
    return { app: appWith(authenticate), close: async () => {} }
  }
}

export default target
