import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { type ErrorHandler, refuseWith } from './answer.js'
import type { ApiKey, Authenticated } from './api-key.js'
import { type ApiKeys, createApiKeys, internalsOf } from './create-api-keys.js'
import { readCredentials } from './credentials.js'
import { describeWord } from './errors.js'
import { publishDenied } from './events.js'
import { storableIp } from './ip.js'
import { Mark, type Marker, markOf, setMark } from './mark.js'
import { asOptions } from './options.js'
import { originOf } from './origin.js'
import { defaultStyle, refusal } from './refusals.js'
import type { RegisteredOwner } from './registered.js'
import { hideKey, showKey } from './request-fields.js'
import type { Verdict } from './verifier.js'
import { warn } from './warn.js'

declare global {
  namespace Express {
    interface Request {
      /** The key of this request, where an apiKeyAuth let it in by one. */
      apiKey?: ApiKey
      /** Whom the key acts for. */
      owner?: RegisteredOwner
    }
  }
}

export interface ApiKeyAuthOptions {
  /** The keys to check against. Default: the default instance, as `createApiKeys()` gives it. */
  readonly keys?: ApiKeys<object>
  /** Let requests without credentials through, without `req.apiKey`. Bad credentials are refused all the same. Default false. */
  readonly optional?: boolean
  /** With `optional`: let Bearer tokens of other systems through too, for apps that also take JWTs. Default `refuse`. */
  readonly foreignTokens?: 'refuse' | 'pass'
  /**
   * A header that may have the key too, alone and without a scheme: `{ header: 'X-Api-Key' }`. A request with a key in both
   * is refused. Default: `Authorization: Bearer` only.
   */
  readonly extract?: { readonly header: string }
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

const known = ['keys', 'optional', 'foreignTokens', 'extract', 'onError', 'realm', 'discloseReason']
const trustTooMuch =
  "A key with allowedIps was refused: the app's trust proxy takes the word of any client for its address. " +
  "Set it to the number of proxies in front of the app, or to their addresses: app.set('trust proxy', 1)."
// RFC 9110 section 5.6.4, quoted-string, without what would have to be escaped in it.
const realmForm = /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,128}$/

function parseOptions(
  options: unknown
): Required<Omit<ApiKeyAuthOptions, 'keys' | 'onError' | 'extract'>> &
  Pick<ApiKeyAuthOptions, 'onError'> & { readonly keys: ApiKeys; readonly keyHeader: string | undefined } {
  const given = asOptions('apiKeyAuth', options, known) as ApiKeyAuthOptions
  const {
    optional = false,
    foreignTokens = 'refuse',
    realm = defaultStyle.realm,
    discloseReason = false,
    onError
  } = given
  if (typeof optional !== 'boolean')
    throw new TypeError(`optional must be true or false, not ${describeWord(optional)}.`)
  if (typeof discloseReason !== 'boolean')
    throw new TypeError(`discloseReason must be true or false, not ${describeWord(discloseReason)}.`)
  if (foreignTokens !== 'refuse' && foreignTokens !== 'pass')
    throw new TypeError(`foreignTokens must be 'refuse' or 'pass', not ${describeWord(foreignTokens)}.`)
  if (foreignTokens === 'pass' && !optional)
    throw new TypeError("foreignTokens: 'pass' needs optional: true, since such a request has no key.")
  if (typeof realm !== 'string' || !realmForm.test(realm))
    throw new TypeError('realm must be 1 to 128 printable ASCII characters without " or \\.')
  if (onError !== undefined && onError !== 'next' && typeof onError !== 'function') {
    throw new TypeError(`onError must be 'next' or a function, not ${describeWord(onError)}.`)
  }
  const keyHeader = parseExtract(given.extract)
  const { keys = createApiKeys() } = given
  return {
    keys: keys as ApiKeys,
    keyHeader,
    optional,
    foreignTokens,
    realm,
    discloseReason,
    ...(onError && { onError })
  }
}

// RFC 9110 section 5.1: a field's name is a token.
const headerForm = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/
/** Headers that browsers and proxies write by themselves, or that mean something else. */
const takenHeaders = ['authorization', 'proxy-authorization', 'cookie', 'host', 'origin', 'referer', 'content-type']

function parseExtract(value: unknown): string | undefined {
  if (value === undefined) return undefined
  const { header } = asOptions('extract', value, ['header']) as { header?: unknown }
  if (typeof header !== 'string' || !headerForm.test(header) || takenHeaders.includes(header.toLowerCase()))
    throw new TypeError(
      `extract must be { header: 'X-Api-Key' }, the name of a header of its own, not ${describeWord(header)}.`
    )
  return header
}

/**
 * Lets requests in by their API key: `Authorization: Bearer sk_...` (RFC 6750 section 2.1). Sets `req.apiKey` and
 * `req.owner`, or answers 401, 400 or 503 itself.
 * @throws TypeError on options that are not understood
 */
export function apiKeyAuth(options?: ApiKeyAuthOptions): ApiKeyAuth {
  const { keys, keyHeader, optional, foreignTokens, onError, realm, discloseReason } = parseOptions(options)
  const { verifier, usage } = internalsOf(keys)
  const style = { realm, discloseReason, keyHeader }
  const refuse = refuseWith(onError)
  const marker: Marker = {
    ...{ keys, style, refuse },
    recordDeniedUse: ({ apiKey }, usedAtMs) => usage.recordDeniedUse(apiKey.id, usedAtMs)
  }
  const anonymous = new Mark(marker, undefined, 0)

  function apiKeyAuth(req: Request, res: Response, next: NextFunction): void {
    const earlier = markOf(req)
    if (earlier?.keys === keys && earlier.authenticated) return next()

    const credentials = readCredentials(req, keyHeader)
    if ('refused' in credentials) {
      const { refused, reason, message } = credentials
      if (optional && refused === 'missing' && reason !== 'headers_dropped') return pass(req, next)
      return deny(req, res, next, { accepted: false, reason }, message)
    }
    const settled = verifier.verify(credentials.token, originOf(req), (verdict) => {
      if (verdict.accepted) letIn(req, next, verdict)
      else if (verdict.reason === 'foreign_token' && foreignTokens === 'pass') pass(req, next)
      else deny(req, res, next, verdict)
    })
    if (settled) settled.catch(next)
  }

  function letIn(req: Request, next: NextFunction, { found, usedAtMs }: Verdict & { accepted: true }): void {
    // An accepted key has an owner. That what was found is handed on as it is spares each request an object.
    const authenticated = found as Authenticated
    setMark(req, new Mark(marker, authenticated, usedAtMs))
    showKey(req, authenticated)
    next()
  }

  function pass(req: Request, next: NextFunction): void {
    forget(req)
    next()
  }

  /** What another instance let in by is no key of this one. */
  function forget(req: Request): void {
    setMark(req, anonymous)
    hideKey(req)
  }

  function deny(
    req: Request,
    res: Response,
    next: NextFunction,
    { reason, found, cause }: Verdict & { accepted: false },
    message?: string
  ): void {
    const err = refusal(reason, style, { cause, ...(message !== undefined && { message }) })
    if (reason === 'ip_forgeable') warn('trust_proxy', trustTooMuch)
    publishDenied({ reason, status: err.status }, found?.apiKey, storableIp(req.ip))
    forget(req)
    refuse(err, req, res, next)
  }

  return Object.assign(apiKeyAuth, { keys })
}
