import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { type RateLimitRequestHandler, rateLimit, type Store } from 'express-rate-limit'
import { refuseWith } from './answer.js'
import type { ApiKey } from './api-key.js'
import { type Duration, parseDuration } from './duration.js'
import type { DenialReason } from './errors.js'
import { publishDenied } from './events.js'
import { storableIp } from './ip.js'
import { parseRateLimit, type RateLimit } from './limits.js'
import { type Mark, markOf } from './mark.js'
import { asOptions } from './options.js'
import { defaultStyle, type RefusalDetails, refusal } from './refusals.js'

/** The window of a limit; a store counts for one alone. */
export interface RateLimitWindow {
  readonly window: Duration
  /** The same in milliseconds. */
  readonly windowMs: number
}

export interface ApiKeyRateLimitOptions {
  /** Requests of a key without a `rateLimit` of its own, in each window. Default: such keys are not limited. */
  readonly limit?: number
  /** The window for `limit`: `'1s'` to `'7d'`. Default `'1m'`. */
  readonly window?: Duration
  /** Makes a store of express-rate-limit 8 for a window, such as one that several processes share. Default: this process's memory. */
  readonly store?: (window: RateLimitWindow) => Store
}

/**
 * Limits how many requests a key may make: by its own `rateLimit`, else by these options. Goes behind `apiKeyAuth`; requests
 * without a key pass. Answers 429 (RFC 6585 section 4) with Retry-After, and tells of the limit in the fields RateLimit and
 * RateLimit-Policy (IETF draft-ietf-httpapi-ratelimit-headers-08). A refused request counts as one too.
 * @throws TypeError on options that are not understood
 */
export function apiKeyRateLimit(options?: ApiKeyRateLimitOptions): RequestHandler {
  const { usual, store } = parseOptions(options)
  const limiters = new Map<number, RateLimitRequestHandler>()

  const limiterFor = ({ window }: RateLimit): RateLimitRequestHandler => {
    const windowMs = parseDuration(window) as number
    const limiter = limiters.get(windowMs) ?? makeLimiter(windowMs, usual, store?.({ window, windowMs }))
    limiters.set(windowMs, limiter)
    return limiter
  }

  return function apiKeyRateLimit(req: Request, res: Response, next: NextFunction): void {
    const mark = markOf(req)
    if (!mark)
      return refuse(req, res, next, mark, 'misconfigured', {
        message: 'apiKeyRateLimit() ran with no apiKeyAuth() before it on this route.'
      })
    const limit = mark.authenticated && (mark.authenticated.apiKey.rateLimit ?? usual)
    if (!limit) return next()
    const failed = (cause: unknown) => refuse(req, res, next, mark, 'limit_unavailable', { cause })
    try {
      // A store that can't be asked must not lift the limit.
      limiterFor(limit)(req, res, (cause?: unknown) => (cause === undefined ? next() : failed(cause)))
    } catch (cause) {
      failed(cause)
    }
  }
}

const keyOf = (req: Request): ApiKey => markOf(req)?.authenticated?.apiKey as ApiKey

function makeLimiter(
  windowMs: number,
  usual: RateLimit | undefined,
  store: Store | undefined
): RateLimitRequestHandler {
  return rateLimit({
    windowMs,
    ...(store && { store }),
    limit: (req) => (keyOf(req).rateLimit ?? usual)?.limit as number,
    keyGenerator: (req) => String(keyOf(req).id),
    identifier: 'api-key',
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: (req, res, next) => refuse(req, res, next, markOf(req), 'rate_limited'),
    // Made at the first request with such a window; and addresses play no part.
    validate: { creationStack: false, xForwardedForHeader: false, trustProxy: false, forwardedHeader: false }
  })
}

function refuse(
  req: Request,
  res: Response,
  next: NextFunction,
  mark: Mark | undefined,
  reason: DenialReason,
  details?: RefusalDetails
): void {
  const err = refusal(reason, mark?.style ?? defaultStyle, details)
  mark?.countDenied()
  publishDenied({ reason, status: err.status }, mark?.authenticated?.apiKey, storableIp(req.ip))
  const answer = mark?.refuse ?? refuseWith(undefined)
  answer(err, req, res, next)
}

function parseOptions(options: unknown): { usual: RateLimit | undefined; store: ApiKeyRateLimitOptions['store'] } {
  const given = asOptions('apiKeyRateLimit', options, ['limit', 'window', 'store']) as ApiKeyRateLimitOptions
  const { limit, window, store } = given
  if (store !== undefined && typeof store !== 'function')
    throw new TypeError('store must be a function that makes a store of express-rate-limit for a window.')
  if (window !== undefined && limit === undefined) throw new TypeError('apiKeyRateLimit(): window goes with limit.')
  if (limit === undefined) return { usual: undefined, store }
  try {
    return { usual: parseRateLimit({ limit, window: window ?? '1m' }) ?? undefined, store }
  } catch (error) {
    throw new TypeError(`apiKeyRateLimit(): ${(error as Error).message}`)
  }
}
