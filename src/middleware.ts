import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { type ErrorHandler, refuseWith } from './answer.js'
import type { ApiKey, Owner } from './api-key.js'
import { type ApiKeys, createApiKeys, internalsOf } from './create-api-keys.js'
import { readCredentials } from './credentials.js'
import { describe } from './errors.js'
import { publishDenied } from './events.js'
import { storableIp } from './ip.js'
import { type Mark, markOf, setMark } from './mark.js'
import { asOptions } from './options.js'
import { defaultStyle, refusal } from './refusals.js'
import type { Verdict } from './verifier.js'

declare global {
  namespace Express {
    interface Request {
      /** The key of this request, where an apiKeyAuth let it in by one. */
      apiKey?: ApiKey
      /** Whom the key acts for. */
      owner?: Owner
    }
  }
}

export interface ApiKeyAuthOptions {
  /** The keys to check against. Default: the default instance, as `createApiKeys()` gives it. */
  readonly keys?: ApiKeys
  /** Let requests without credentials through, without `req.apiKey`. Bad credentials are refused all the same. Default false. */
  readonly optional?: boolean
  /** With `optional`: let Bearer tokens of other systems through too, for apps that also take JWTs. Default `refuse`. */
  readonly foreignTokens?: 'refuse' | 'pass'
  /** Who answers refusals: keystile (default), the app's error handlers (`next`), or a function. */
  readonly onError?: 'next' | ErrorHandler
  /** The realm of the challenge. Default `api`. */
  readonly realm?: string
  /** Tell clients why their key is not valid: revoked, expired, unknown. Default false: one answer for all. */
  readonly discloseReason?: boolean
}

/** A middleware that lets requests in by their API key, with the keys that it checks against. */
export interface ApiKeyAuth extends RequestHandler {
  readonly keys: ApiKeys
}

const known = ['keys', 'optional', 'foreignTokens', 'onError', 'realm', 'discloseReason']
// RFC 9110 section 5.6.4, quoted-string, without what would have to be escaped in it.
const realmForm = /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,128}$/

function parseOptions(
  options: unknown
): Required<Omit<ApiKeyAuthOptions, 'onError'>> & Pick<ApiKeyAuthOptions, 'onError'> {
  const given = asOptions('apiKeyAuth', options, known) as ApiKeyAuthOptions
  const {
    optional = false,
    foreignTokens = 'refuse',
    realm = defaultStyle.realm,
    discloseReason = false,
    onError
  } = given
  if (typeof optional !== 'boolean') throw new TypeError(`optional must be true or false, not ${describe(optional)}.`)
  if (typeof discloseReason !== 'boolean')
    throw new TypeError(`discloseReason must be true or false, not ${describe(discloseReason)}.`)
  if (foreignTokens !== 'refuse' && foreignTokens !== 'pass')
    throw new TypeError(`foreignTokens must be 'refuse' or 'pass', not ${describe(foreignTokens)}.`)
  if (foreignTokens === 'pass' && !optional)
    throw new TypeError("foreignTokens: 'pass' needs optional: true, since such a request has no key.")
  if (typeof realm !== 'string' || !realmForm.test(realm))
    throw new TypeError('realm must be 1 to 128 printable ASCII characters without " or \\.')
  if (onError !== undefined && onError !== 'next' && typeof onError !== 'function') {
    throw new TypeError(`onError must be 'next' or a function, not ${describe(onError)}.`)
  }
  const { keys = createApiKeys() } = given
  return { keys, optional, foreignTokens, realm, discloseReason, ...(onError && { onError }) }
}

/**
 * Lets requests in by their API key: `Authorization: Bearer sk_...` (RFC 6750 section 2.1). Sets `req.apiKey` and
 * `req.owner`, or answers 401, 400 or 503 itself.
 * @throws TypeError on options that are not understood
 */
export function apiKeyAuth(options?: ApiKeyAuthOptions): ApiKeyAuth {
  const { keys, optional, foreignTokens, onError, realm, discloseReason } = parseOptions(options)
  const { verifier, usage } = internalsOf(keys)
  const style = { realm, discloseReason }
  const refuse = refuseWith(onError)
  const anonymous: Mark = { keys, authenticated: undefined, style, refuse, countDenied: () => {} }

  function apiKeyAuth(req: Request, res: Response, next: NextFunction): void {
    const earlier = markOf(req)
    if (earlier?.keys === keys && earlier.authenticated) return next()

    const credentials = readCredentials(req)
    if ('refused' in credentials) {
      const { refused, reason } = credentials
      if (optional && refused === 'missing' && reason !== 'headers_dropped') return pass(req, next)
      return deny(req, res, next, { accepted: false, reason })
    }
    verifier
      .verify(credentials.token, storableIp(req.ip), (verdict) => {
        if (verdict.accepted) letIn(req, next, verdict)
        else if (verdict.reason === 'foreign_token' && foreignTokens === 'pass') pass(req, next)
        else deny(req, res, next, verdict)
      })
      .catch(next)
  }

  function letIn(req: Request, next: NextFunction, { found, usedAtMs }: Verdict & { accepted: true }): void {
    const { apiKey } = found
    const owner = found.owner as Owner
    let isDenied = false
    const countDenied = () => {
      if (!isDenied) usage.recordDeniedUse(apiKey.id, usedAtMs)
      isDenied = true
    }
    setMark(req, { ...anonymous, authenticated: { apiKey, owner }, countDenied })
    req.apiKey = apiKey
    req.owner = owner
    next()
  }

  function pass(req: Request, next: NextFunction): void {
    forget(req)
    next()
  }

  /** What another instance let in by is no key of this one. */
  function forget(req: Request): void {
    setMark(req, anonymous)
    delete req.apiKey
    delete req.owner
  }

  function deny(
    req: Request,
    res: Response,
    next: NextFunction,
    { reason, found, cause }: Verdict & { accepted: false }
  ): void {
    const err = refusal(reason, style, { cause })
    publishDenied({ reason, status: err.status }, found?.apiKey, storableIp(req.ip))
    forget(req)
    refuse(err, req, res, next)
  }

  return Object.assign(apiKeyAuth, { keys })
}
