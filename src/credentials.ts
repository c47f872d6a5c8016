import type { IncomingMessage } from 'node:http'
import { madeOf } from './characters.js'
import type { DenialReason } from './errors.js'

/** What a request carries: a token, or the reason why it has none that could be looked at. */
export type Credentials =
  | { readonly token: string }
  | { readonly refused: 'missing' | 'malformed'; readonly reason: DenialReason; readonly message?: string }

const none: Credentials = { refused: 'missing', reason: 'no_credentials' }
const otherScheme: Credentials = { refused: 'missing', reason: 'other_scheme' }
const dropped: Credentials = { refused: 'missing', reason: 'headers_dropped' }
const duplicate: Credentials = { refused: 'malformed', reason: 'duplicate_header' }
const two: Credentials = { refused: 'malformed', reason: 'two_credentials' }
const malformed: Credentials = { refused: 'malformed', reason: 'malformed_header' }

// RFC 9110 section 5.6.2, token: the characters of a scheme's name.
const schemeEnd = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]/
// RFC 9110 section 11.2, token68. Node gives header bytes as Latin-1, so one character is one byte.
const token68 = /^[A-Za-z0-9\-._~+/]+=*$/
/** A token68 without padding, as nearly all are: to see that takes less than the expression. */
const isPlain = madeOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/')
const isToken68 = (text: string) => (text !== '' && isPlain(text)) || token68.test(text)

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
 * @param keyHeader another header that may have the token, alone; not both
 */
export function readCredentials(req: IncomingMessage, keyHeader?: string): Credentials {
  const bearer = readHeader(req, 'authorization', parseAuthorization)
  if (keyHeader === undefined) return bearer
  const own = readHeader(req, keyHeader.toLowerCase(), (value) => parseKey(value, keyHeader))
  if (isMissing(own)) return bearer
  // Another scheme is another matter: a proxy's Basic, for one.
  return isMissing(bearer) ? own : two
}

const isMissing = (credentials: Credentials) => 'refused' in credentials && credentials.refused === 'missing'

/** The value of a header of our own: the token, and nothing else. */
function parseKey(value: string, header: string): Credentials {
  if (value === '') return none
  if (isToken68(value)) return { token: value }
  return { ...malformed, message: `The ${header} header must be the key and nothing else.` } as Credentials
}

function readHeader(req: IncomingMessage, wanted: string, parse: (value: string) => Credentials): Credentials {
  // Not req.headers: there Node keeps the first of two Authorization headers and is silent about the second.
  const { rawHeaders = [] } = req
  // Adapters of serverless platforms make requests of their own, without the raw fields.
  if (rawHeaders.length === 0) return parse(oneOf(req.headers[wanted]))
  const limit = maxHeaders(req)
  const end = Math.min(rawHeaders.length, limit * 2)
  let value: string | undefined
  for (let i = 0; i < end; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length !== wanted.length || (name !== wanted && name.toLowerCase() !== wanted)) continue
    if (value !== undefined) return duplicateOf(wanted)
    value = rawHeaders[i + 1] as string
  }
  if (value === undefined) return rawHeaders.length >= limit * 2 ? dropped : none
  return parse(value)
}

/** What is no single value is nothing that could be a token. */
const oneOf = (value: string | string[] | undefined) => (Array.isArray(value) ? value.join(', ') : (value ?? ''))

const duplicateOf = (header: string): Credentials =>
  header === 'authorization'
    ? duplicate
    : {
        refused: 'malformed',
        reason: 'duplicate_header',
        message: 'The request has the header of the API key more than once.'
      }

/** One Authorization value, as bytes in Latin-1. */
export function parseAuthorization(value: string): Credentials {
  // Around a value, HTTP allows spaces and tabs that are not part of it (RFC 9110 section 5.5). Node has taken them off.
  if (value === '') return none
  const end = value.startsWith('Bearer ') ? 'Bearer'.length : value.search(schemeEnd)
  // Bytes that begin no scheme: not another scheme's credentials, which `optional` would let by.
  if (end === 0) return malformed
  const scheme = end === -1 ? value : value.slice(0, end)
  if (scheme.toLowerCase() !== 'bearer') return otherScheme
  if (end === -1) return malformed
  let start = end
  while (value[start] === ' ') start++
  if (start === end) return malformed
  const token = value.slice(start)
  return isToken68(token) ? { token } : malformed
}
