import type { Request, Response } from 'express'
import { rateLimit } from 'express-rate-limit'
import { getApiKey } from 'keystile'
import { sendProblem } from '../problems.js'

/** So many requests of one key in a minute; counted in this process alone. */
export const limitKeys = (limit: number) =>
  rateLimit({
    windowMs: 60_000,
    limit,
    identifier: 'per-key',
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: (req: Request) => String(getApiKey(req).apiKey.id),
    handler: (_req: Request, res: Response) =>
      sendProblem(res, 429, 'too_many_requests', `This key may make ${limit} requests a minute. Wait, then try again.`)
  })
