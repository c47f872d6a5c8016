import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { refuseWith } from './answer.js'
import type { Authenticated } from './api-key.js'
import type { RegisteredScope } from './catalogue.js'
import { type ApiKeys, internalsOf } from './create-api-keys.js'
import { type DenialReason, describe } from './errors.js'
import { publishDenied } from './events.js'
import { storableIp } from './ip.js'
import { type Mark, markOf } from './mark.js'
import { defaultStyle, type RefusalDetails, refusal } from './refusals.js'
import type { RegisteredOwner } from './registered.js'
import { isRequirable, missingScopes, parseRequiredScopes } from './scopes.js'
import { misspelt } from './spelling.js'
import { warn } from './warn.js'

/** Scopes that depend on the request. */
export type ScopesOf = (req: Request) => string | readonly string[]
export type GuardArguments = readonly RegisteredScope[] | readonly [readonly RegisteredScope[]] | readonly [ScopesOf]

/** Given what a key has and what is asked for: what it lacks; empty lets the request through. */
type Lack = (granted: readonly string[], required: readonly string[]) => readonly string[]

const lackOfAll: Lack = missingScopes
const lackOfAny: Lack = (granted, required) => {
  const missing = missingScopes(granted, required)
  return missing.length < required.length ? [] : missing
}

/**
 * Lets a request through whose key has all of these scopes: `requireScopes('reports:read', 'reports:write')`, an
 * array, or a function of the request. Otherwise 403 with what is missing; 401 without a key.
 * @throws TypeError without scopes, with a wildcard, or with what is no scope name
 */
export function requireScopes(...scopes: GuardArguments): RequestHandler {
  return guard('requireScopes', scopes, lackOfAll)
}

/**
 * Lets a request through whose key has at least one of these scopes. Takes the same as requireScopes.
 * @throws TypeError without scopes, with a wildcard, or with what is no scope name
 */
export function requireAnyScope(...scopes: GuardArguments): RequestHandler {
  return guard('requireAnyScope', scopes, lackOfAny)
}

function guard(name: string, given: GuardArguments, lack: Lack): RequestHandler {
  const scopesFor = parseGuardArguments(name, given)
  const compared = new WeakSet<ApiKeys>()
  return (req, res, next) => {
    const mark = markOf(req)
    if (!mark)
      return misconfigured(req, res, next, undefined, `${name}() ran with no apiKeyAuth() before it on this route.`)
    if (typeof given[0] !== 'function' && !compared.has(mark.keys)) {
      compared.add(mark.keys)
      reportUnknown(name, scopesFor(req) ?? [], mark.keys)
    }
    if (!mark.authenticated) return refuse(req, res, next, mark, 'no_credentials')
    let required: readonly string[] | undefined
    try {
      required = scopesFor(req)
    } catch (cause) {
      return misconfigured(
        req,
        res,
        next,
        mark,
        `${name}() was given a function that did not return scopes for this request.`,
        cause
      )
    }
    if (!required) {
      return refuse(req, res, next, mark, 'insufficient_scope', {
        message: 'No API key can have the scope that this needs.'
      })
    }
    const missing = lack(mark.authenticated.apiKey.scopes, required)
    if (missing.length === 0) return next()
    const details = { requiredScopes: required, missingScopes: missing, message: lacking(missing, lack === lackOfAny) }
    refuse(req, res, next, mark, 'insufficient_scope', details)
  }
}

/** A scope that is misspelt in a guard lets nobody in: said at its first request, when it is known which keys it is for. */
function reportUnknown(guard: string, scopes: readonly string[], keys: ApiKeys): void {
  const { scopes: catalogue } = internalsOf(keys).config
  if (!catalogue) return
  for (const scope of scopes.filter((name) => !Object.hasOwn(catalogue, name))) {
    const which = misspelt(scope, Object.keys(catalogue)).replace(' It takes ', ' It has ')
    warn('unknown_scope', `${guard}() asks for a scope that the catalogue of createApiKeys({ scopes }) lacks: ${which}`)
  }
}

/** What a request needs, by its guard; undefined where no key can have it. */
function parseGuardArguments(name: string, given: GuardArguments): (req: Request) => readonly string[] | undefined {
  const [first] = given
  if (typeof first === 'function') {
    if (given.length > 1) throw new TypeError(`${name}() takes one function and nothing beside it.`)
    return (req) => {
      const scopes: unknown = first(req)
      // A promise is answered as the mistake that it is; that it rejects must not end the process.
      if (scopes instanceof Promise) scopes.catch(() => {})
      if (typeof scopes !== 'string' && !Array.isArray(scopes))
        throw new TypeError(`${name}(): the function returned ${describe(scopes)}.`)
      // By index: what an array says of its own iteration does not decide who gets in.
      const names =
        typeof scopes === 'string' ? [scopes] : Array.from({ length: scopes.length }, (_, i): unknown => scopes[i])
      if (names.some((scope) => typeof scope === 'string' && !isRequirable(scope))) return undefined
      return parseRequiredScopes(name, names)
    }
  }
  if (Array.isArray(first) && given.length > 1)
    throw new TypeError(`${name}() takes one array, or scopes one after the other, not both.`)
  const scopes = Object.freeze(parseRequiredScopes(name, Array.isArray(first) ? first : given))
  return () => scopes
}

function lacking(missing: readonly string[], oneWouldDo: boolean): string {
  if (missing.length === 1) return `The API key lacks the scope ${missing[0]}.`
  return oneWouldDo
    ? `The API key needs one of the scopes ${missing.join(', ')}.`
    : `The API key lacks the scopes ${missing.join(', ')}.`
}

function refuse(
  req: Request,
  res: Response,
  next: NextFunction,
  mark: Mark,
  reason: DenialReason,
  details?: RefusalDetails
): void {
  const err = refusal(reason, mark.style, details)
  mark.countDenied()
  publishDenied({ reason, status: err.status }, mark.authenticated?.apiKey, storableIp(req.ip))
  mark.refuse(err, req, res, next)
}

/** A mistake in the app: closed, and said aloud, since the route would never work. */
function misconfigured(
  req: Request,
  res: Response,
  next: NextFunction,
  mark: Mark | undefined,
  message: string,
  cause?: unknown
): void {
  const err = refusal('misconfigured', mark?.style ?? defaultStyle, { message, cause })
  mark?.countDenied()
  publishDenied({ reason: 'misconfigured', status: err.status }, mark?.authenticated?.apiKey, storableIp(req.ip))
  const answer = mark?.refuse ?? refuseWith(undefined)
  answer(err, req, res, next)
}

/**
 * The key and the owner of a request, not optional: for handlers behind an apiKeyAuth.
 * @throws ApiKeyError `misconfigured` (500) where none let the request in by a key
 */
export function getApiKey(req: Request): Authenticated<RegisteredOwner> {
  const authenticated = markOf(req)?.authenticated
  if (authenticated) {
    // Nothing else of what the mark has: the row's hash is there too.
    const { apiKey, owner } = authenticated
    return { apiKey, owner: owner as RegisteredOwner }
  }
  throw refusal('misconfigured', defaultStyle, {
    message:
      'getApiKey() was called for a request that no apiKeyAuth() let in by a key. Put apiKeyAuth() before the route, without optional.'
  })
}
