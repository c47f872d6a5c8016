import type { IncomingMessage } from 'node:http'
import type { DenialReason } from './errors.js'

/** What a request carries: a token, or the reason why it has none that could be looked at. */
export type Credentials =
  | { readonly token: string }
  | { readonly refused: 'missing' | 'malformed'; readonly reason: DenialReason }

const none: Credentials = { refused: 'missing', reason: 'no_credentials' }
const otherScheme: Credentials = { refused: 'missing', reason: 'other_scheme' }
const dropped: Credentials = { refused: 'missing', reason: 'headers_dropped' }
const duplicate: Credentials = { refused: 'malformed', reason: 'duplicate_header' }
const malformed: Credentials = { refused: 'malformed', reason: 'malformed_header' }

// RFC 9110 section 5.6.2, token: the characters of a scheme's name.
const schemeEnd = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]/
// RFC 9110 section 11.2, token68. Node gives header bytes as Latin-1, so one character is one byte.
const token68 = /^[A-Za-z0-9\-._~+/]+=*$/

/** Node keeps this many header fields unless the server says otherwise, and drops the rest without a word. */
const defaultMaxHeaders = 1_000

function maxHeaders(req: IncomingMessage): number {
  const { server } = (req.socket ?? {}) as { server?: { maxHeadersCount?: number | null } }
  const limit = server?.maxHeadersCount
  if (typeof limit !== 'number') return defaultMaxHeaders
  return limit > 0 ? limit : Number.POSITIVE_INFINITY
}

/**
 * The Bearer credentials of a request (RFC 6750 section 2.1, RFC 9110 section 11.4): one Authorization header, a
 * scheme in any case, one or more spaces, one token68. Nothing is trimmed or repaired.
 */
export function readCredentials(req: IncomingMessage): Credentials {
  // Not req.headers: there Node keeps the first of two Authorization headers and is silent about the second.
  const { rawHeaders = [] } = req
  // Adapters of serverless platforms make requests of their own, without the raw fields.
  if (rawHeaders.length === 0) return parseAuthorization(req.headers.authorization ?? '')
  const limit = maxHeaders(req)
  const end = Math.min(rawHeaders.length, limit * 2)
  let value: string | undefined
  for (let i = 0; i < end; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length !== 13 || name.toLowerCase() !== 'authorization') continue
    if (value !== undefined) return duplicate
    value = rawHeaders[i + 1] as string
  }
  if (value === undefined) return rawHeaders.length >= limit * 2 ? dropped : none
  return parseAuthorization(value)
}

/** One Authorization value, as bytes in Latin-1. */
export function parseAuthorization(value: string): Credentials {
  // Around a value, HTTP allows spaces and tabs that are not part of it (RFC 9110 section 5.5). Node has taken them off.
  if (value === '') return none
  const end = value.search(schemeEnd)
  // Bytes that begin no scheme: not another scheme's credentials, which `optional` would let by.
  if (end === 0) return malformed
  const scheme = end === -1 ? value : value.slice(0, end)
  if (scheme.toLowerCase() !== 'bearer') return otherScheme
  if (end === -1) return malformed
  let start = end
  while (value[start] === ' ') start++
  if (start === end) return malformed
  const token = value.slice(start)
  return token68.test(token) ? { token } : malformed
}
