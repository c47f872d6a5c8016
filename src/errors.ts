/** What went wrong, for programs. Stable: a new cause gets a new code, an old code never changes its meaning. */
export type ApiKeyErrorCode =
  /** 401: no credentials, or another scheme. */
  | 'missing_credentials'
  /** 400: the Authorization header is not one well-formed Bearer credential. */
  | 'invalid_request'
  /** 401: the token is not a valid key: unknown, revoked, expired, or its owner is inactive. */
  | 'invalid_token'
  /** 403: the key lacks a scope that the route asks for. */
  | 'insufficient_scope'
  /** 403: the key may not be used from this address. */
  | 'ip_not_allowed'
  /** 429: the key has made as many requests as it may, for now. */
  | 'rate_limited'
  /** 503: the database could not answer, or the instance is closed. */
  | 'unavailable'
  /** 500: a mistake in the app, such as a guard with no apiKeyAuth before it. */
  | 'misconfigured'
  /** 400: an argument of a change is wrong; `field` names it. */
  | 'invalid_argument'
  /** 404: no key has this id. */
  | 'not_found'
  /** 404: no owner has this id. */
  | 'owner_not_found'
  /** 409: the key's state forbids the change: it is revoked, expired or already rotated. */
  | 'conflict'
  /** 409: the owner has as many keys as it may have. */
  | 'limit_reached'
  /** 401: the management API was asked by nobody who is signed in. */
  | 'not_signed_in'
  /** 403: the management API was asked for more than whoever asks may do or grant. */
  | 'forbidden'
  /** 403: a page of another site asked the management API for a change. */
  | 'cross_site'
  /** 405: the management API does not know this method there; `Allow` names those that it does. */
  | 'method_not_allowed'
  /** 413: the body of a request to the management API is too long. */
  | 'body_too_large'
  /** 415: the body of a request to the management API is not JSON. */
  | 'unsupported_media_type'
  /** 500: the database lacks keystile's tables; the message says what to run. */
  | 'not_migrated'
  /** 500: the database has tables of our names that this version can't use. */
  | 'incompatible_database'
  /** 503: the database takes no writes: it is read-only, full, or locked. */
  | 'not_writable'

/** Why a request was refused, in more detail than its client is told. */
export type DenialReason =
  | 'no_credentials'
  | 'other_scheme'
  | 'headers_dropped'
  | 'duplicate_header'
  | 'malformed_header'
  | 'two_credentials'
  | 'foreign_token'
  | 'bad_checksum'
  | 'unknown'
  | 'revoked'
  | 'expired'
  | 'owner_inactive'
  | 'damaged'
  | 'ip_not_allowed'
  | 'ip_forgeable'
  | 'rate_limited'
  | 'limit_unavailable'
  | 'too_many_attempts'
  | 'hash_unavailable'
  | 'insufficient_scope'
  | 'database_unavailable'
  | 'closed'
  | 'misconfigured'

const statusOf: Record<ApiKeyErrorCode, number> = {
  missing_credentials: 401,
  invalid_request: 400,
  invalid_token: 401,
  insufficient_scope: 403,
  ip_not_allowed: 403,
  rate_limited: 429,
  unavailable: 503,
  misconfigured: 500,
  invalid_argument: 400,
  not_found: 404,
  owner_not_found: 404,
  conflict: 409,
  limit_reached: 409,
  not_signed_in: 401,
  forbidden: 403,
  cross_site: 403,
  method_not_allowed: 405,
  body_too_large: 413,
  unsupported_media_type: 415,
  not_migrated: 500,
  incompatible_database: 500,
  not_writable: 503
}

/** What is wrong with a row of an import. */
export interface RowProblem {
  /** The first is 1. */
  readonly row: number
  /** Of the file, where the rows came from one. */
  readonly line?: number
  /** For people; it holds no token and no hash. */
  readonly reason: string
}

export interface ApiKeyErrorDetails {
  readonly headers?: Readonly<Record<string, string>>
  readonly reason?: DenialReason
  readonly field?: string
  readonly missingScopes?: readonly string[]
  readonly problems?: readonly RowProblem[]
  readonly cause?: unknown
}

/**
 * Every error that keystile hands to an app: refusals of requests and failures of changes alike.
 * Its message is written for people and holds no token, hash or password.
 */
export class ApiKeyError extends Error {
  override readonly name = 'ApiKeyError'
  readonly code: ApiKeyErrorCode
  /** The HTTP status that fits, also where Express's default error handler looks for it. */
  readonly status: number
  /** Headers that belong on the answer: the challenge (RFC 6750 section 3), Retry-After, Cache-Control. */
  readonly headers: Readonly<Record<string, string>>
  /** Why a request was refused. For logs: by default its client is not told. */
  readonly reason?: DenialReason
  /** With `invalid_argument`: the argument that was wrong. */
  readonly field?: string
  /** With `insufficient_scope`: what the key lacks. */
  readonly missingScopes?: readonly string[]
  /** Of an import: every row that is bad, and why. */
  readonly problems?: readonly RowProblem[]

  constructor(code: ApiKeyErrorCode, message: string, details: ApiKeyErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.status = statusOf[code]
    this.headers = Object.freeze({ ...details.headers })
    if (details.reason !== undefined) this.reason = details.reason
    if (details.field !== undefined) this.field = details.field
    if (details.missingScopes !== undefined) this.missingScopes = details.missingScopes
    if (details.problems !== undefined) this.problems = details.problems
  }
}

/** A change was asked for with a wrong argument. */
export function invalidArgument(field: string, message: string): ApiKeyError {
  return new ApiKeyError('invalid_argument', message, { field })
}

/** The database can't be asked, for now. */
export function unavailable(message: string, reason: DenialReason = 'database_unavailable'): ApiKeyError {
  return new ApiKeyError('unavailable', message, { reason, headers: { 'Retry-After': '1' } })
}

/** How a wrong value is shown in a message: short, and never a secret that was passed in the wrong place. */
export function describe(value: unknown): string {
  if (value === null) return 'null'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : value.toISOString()
  if (typeof value === 'string') return value.length === 0 ? 'an empty string' : 'a string'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  return value === undefined ? 'undefined' : `a value of type ${typeof value}`
}

/** The same where strings are right and no secret is meant, such as a duration: cut short, and only what can be printed. */
export function describeWord(value: unknown): string {
  if (typeof value !== 'string' || value === '') return describe(value)
  return JSON.stringify(showId(value)).replace(/[\p{C}\p{Z}]/gu, (sign) =>
    sign === ' ' ? sign : `\\u{${sign.codePointAt(0)?.toString(16)}}`
  )
}

/** The same where a string may hold anything: what is wrong with it, and nothing of it. */
export function describeText(value: unknown): string {
  if (typeof value !== 'string' || value === '') return describe(value)
  const length = [...value].length
  const fault = faultOf(value)
  return `a string of ${length} character${length === 1 ? '' : 's'}${fault && ` with ${fault}`}`
}

function faultOf(text: string): string {
  if (/[\r\n]/.test(text)) return 'a line break'
  if (/\p{Cc}/u.test(text)) return 'a control character'
  if (!text.isWellFormed()) return 'half of a surrogate pair'
  return text.trim() === '' ? 'nothing but space' : ''
}

/** An id as messages show it: cut short where it is so long that it may be a token in the wrong place. */
export function showId(id: unknown): string {
  const text = String(id)
  return text.length <= 40 ? text : `${text.slice(0, 11)}...`
}

/** The first line of what an error says; with Prisma's and the compilers' the others quote source code. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.trim().split('\n', 1)[0]?.trim() || 'An error without a message.'
}
