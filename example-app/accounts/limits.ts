import type { Request, Response } from 'express'
import { type Options, rateLimit } from 'express-rate-limit'
import { sendMessage } from '../pages/layout.js'

const quarterHourMs = 15 * 60_000

/** Counted in this process alone: several of them want a store that they share, such as rate-limit-redis. */
const limiter = (options: Partial<Options>) =>
  rateLimit({
    windowMs: quarterHourMs,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: (_req: Request, res: Response) =>
      sendMessage(res, 429, 'Too many attempts', 'Wait for a quarter of an hour, then try again.'),
    ...options
  })

export const createLimits = () => ({
  /** Of one address; of one network where it is IPv6. */
  signIns: limiter({ identifier: 'sign-in', limit: 30 }),
  signUps: limiter({ identifier: 'sign-up', limit: 20 }),
  /**
   * Failures at one account, from wherever, whether there is such an account or not. Who knows an email can so keep its
   * owner out for a while: the price of a limit that many addresses together can't go around.
   */
  account: limiter({
    identifier: 'account',
    limit: 10,
    skipSuccessfulRequests: true,
    keyGenerator: (req: Request) => String(req.body?.email).trim().toLowerCase().slice(0, 254)
  })
})
