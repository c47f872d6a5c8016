import { ApiKeyError, type ApiKeyErrorCode, type DenialReason } from './errors.js'

/** How a refusal is worded for one app. */
export interface RefusalStyle {
  /** The `realm` of the challenge (RFC 9110 section 11.5). */
  readonly realm: string
  /** Whether a client is told why its key is not valid. */
  readonly discloseReason: boolean
  /** A header that may have the key too, alone. */
  readonly keyHeader?: string | undefined
}

export const defaultStyle: RefusalStyle = { realm: 'api', discloseReason: false }

export interface RefusalDetails {
  readonly cause?: unknown
  /** What the route asks for, as the challenge's `scope` (RFC 6750 section 3). */
  readonly requiredScopes?: readonly string[]
  readonly missingScopes?: readonly string[]
  /** For `misconfigured`: the mistake. */
  readonly message?: string
}

const invalidKey = 'The API key is not valid.'
const unreachable = 'API keys can not be checked at the moment. Try again shortly.'
const notFromHere = 'The API key may not be used from this address.'
const sendKey = 'An API key is needed. Send it in the header: Authorization: Bearer <key>'

/** Each reason's code, and what its client is told where reasons are disclosed. */
const told: Record<DenialReason, readonly [code: ApiKeyErrorCode, message: string]> = {
  no_credentials: ['missing_credentials', sendKey],
  other_scheme: ['missing_credentials', sendKey],
  headers_dropped: ['missing_credentials', sendKey],
  duplicate_header: ['invalid_request', 'The request has more than one Authorization header.'],
  malformed_header: [
    'invalid_request',
    'The Authorization header must be the word Bearer, a space, and the key; nothing else.'
  ],
  two_credentials: ['invalid_request', 'The request has two credentials: send the API key in one header only.'],
  foreign_token: ['invalid_token', 'The token is not an API key of this service.'],
  bad_checksum: ['invalid_token', 'The API key has a slip in it: was it copied whole?'],
  unknown: ['invalid_token', 'There is no such API key.'],
  revoked: ['invalid_token', 'The API key was revoked.'],
  expired: ['invalid_token', 'The API key has expired.'],
  owner_inactive: ['invalid_token', "The API key's owner is inactive."],
  damaged: ['invalid_token', "The API key's record is damaged."],
  ip_not_allowed: ['ip_not_allowed', notFromHere],
  ip_forgeable: ['ip_not_allowed', notFromHere],
  rate_limited: ['rate_limited', 'The API key has made too many requests. Try again later.'],
  too_many_attempts: ['rate_limited', 'Too many wrong API keys were tried. Try again in a minute.'],
  insufficient_scope: ['insufficient_scope', 'The API key lacks a scope that this needs.'],
  database_unavailable: ['unavailable', unreachable],
  limit_unavailable: ['unavailable', 'Requests can not be counted at the moment. Try again shortly.'],
  hash_unavailable: ['unavailable', unreachable],
  closed: ['unavailable', 'The service is shutting down. Try again shortly.'],
  misconfigured: ['misconfigured', 'This route is not set up correctly.']
}

const errorParameters: Partial<Record<ApiKeyErrorCode, string>> = {
  invalid_request: 'invalid_request',
  invalid_token: 'invalid_token',
  insufficient_scope: 'insufficient_scope'
}

/** The challenge of RFC 6750 section 3: without an error code where a request simply has no credentials. */
function challenge(code: ApiKeyErrorCode, realm: string, scopes: readonly string[] | undefined): string {
  const error = errorParameters[code]
  const parts = [`realm="${realm}"`]
  if (error) parts.push(`error="${error}"`)
  if (scopes) parts.push(`scope="${scopes.join(' ')}"`)
  return `Bearer ${parts.join(', ')}`
}

function headersFor(
  reason: DenialReason,
  code: ApiKeyErrorCode,
  style: RefusalStyle,
  details: RefusalDetails
): Record<string, string> {
  if (reason === 'too_many_attempts') return { 'Cache-Control': 'no-store', 'Retry-After': '60' }
  if (code === 'unavailable') return { 'Cache-Control': 'no-store', 'Retry-After': '1' }
  if (code === 'misconfigured' || code === 'ip_not_allowed' || code === 'rate_limited')
    return { 'Cache-Control': 'no-store' }
  return { 'Cache-Control': 'no-store', 'WWW-Authenticate': challenge(code, style.realm, details.requiredScopes) }
}

function messageOf(code: ApiKeyErrorCode, disclosed: string, { discloseReason, keyHeader }: RefusalStyle): string {
  if (code === 'invalid_token' && !discloseReason) return invalidKey
  if (code === 'missing_credentials' && keyHeader !== undefined) return `${sendKey}, or ${keyHeader}: <key>`
  return disclosed
}

/** The error that a refused request is: what an `onError` gets, and what is answered where there is none. */
export function refusal(
  reason: DenialReason,
  style: RefusalStyle = defaultStyle,
  details: RefusalDetails = {}
): ApiKeyError {
  const [code, disclosed] = told[reason]
  const message = details.message ?? messageOf(code, disclosed, style)
  const given = {
    reason,
    headers: headersFor(reason, code, style, details),
    ...(details.missingScopes && { missingScopes: details.missingScopes }),
    ...(details.cause !== undefined && { cause: details.cause })
  }
  const make = () => new ApiKeyError(code, message, given)
  return isServiceAtFault(code) ? make() : withoutStack(make)
}

/** Its developers look for where. */
const isServiceAtFault = (code: ApiKeyErrorCode) => code === 'misconfigured' || code === 'unavailable'

/** Where in the code a client's key was refused is seldom asked, and to note it was the dearest part of a refusal. */
function withoutStack<T>(make: () => T): T {
  const { stackTraceLimit } = Error
  // Where the realm's own objects are frozen this changes nothing.
  Reflect.set(Error, 'stackTraceLimit', 0)
  try {
    return make()
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
  }
}

/** The 405 of a path that takes other methods, with the Allow header that it has to have (RFC 9110 section 15.5.6). */
export function methodNotAllowed(allowed: readonly string[]): ApiKeyError {
  const headers = { Allow: allowed.toSorted().join(', ') }
  return new ApiKeyError('method_not_allowed', `This takes ${headers.Allow}.`, { headers })
}
