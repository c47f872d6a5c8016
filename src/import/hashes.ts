import { describe, invalidArgument } from '../errors.js'
import { type HashAlg, hashAlgs } from '../token-form.js'
import type { Cell } from './columns.js'
import { isNone } from './values.js'

/** A slower one takes seconds of a processor for each token that somebody tries. */
const highestCost = 16

/** No hash is longer, however it is written; what is would cost a processor more to look at than it is worth. */
const longestText = 150

const bytesOf = { sha256: 32, hmac: 32, sha512: 64 } as const

const expected: Readonly<Record<HashAlg, string>> = {
  sha256: 'a SHA-256: 64 hexadecimal digits, or 32 bytes in base64',
  hmac: 'an HMAC-SHA-256: 64 hexadecimal digits, or 32 bytes in base64',
  sha512: 'a SHA-512: 128 hexadecimal digits, or 64 bytes in base64',
  bcrypt: `a bcrypt hash: $2b$, $2a$ or $2y$, with a cost from 4 to ${highestCost}`
}

const otherNames: Readonly<Record<string, HashAlg>> = {
  'sha-256': 'sha256',
  'sha-512': 'sha512',
  'hmac-sha256': 'hmac',
  'hmac-sha-256': 'hmac'
}

/**
 * How a row, or whoever imports it, says that hashes were made; undefined where neither does.
 * @throws ApiKeyError `invalid_argument`
 */
export function parseAlg(cell: Cell | undefined): HashAlg | undefined {
  if (cell === undefined || isNone(cell)) return undefined
  const word = typeof cell.value === 'string' ? cell.value.toLowerCase() : ''
  const alg =
    hashAlgs.find((known) => known === word) ?? (Object.hasOwn(otherNames, word) ? otherNames[word] : undefined)
  if (alg) return alg
  throw invalidArgument(cell.given, `${cell.given} must be one of ${hashAlgs.join(', ')}`)
}

export interface ParsedHash {
  /** Hexadecimal in lower case; of bcrypt as it is. */
  readonly keyHash: string
  readonly alg: HashAlg
}

/**
 * A hash, by what it is said to be, else by its form. Its value is in no message.
 * @throws ApiKeyError `invalid_argument`
 */
export function parseHash(cell: Cell | undefined, said: HashAlg | undefined): ParsedHash {
  if (cell === undefined) throw invalidArgument('key_hash', 'key_hash is missing')
  const { given, value } = cell
  if (typeof value !== 'string') throw invalidArgument(given, `${given} must be text, not ${describe(value)}`)
  const text = value.trim()
  const alg = text.length > longestText ? undefined : (said ?? algOf(text))
  if (alg === undefined) throw invalidArgument(given, `${given} is no hash that is known here: ${hashAlgs.join(', ')}`)
  const keyHash = alg === 'bcrypt' ? slowHash(text) : digestOf(text, bytesOf[alg])
  if (keyHash === undefined) throw invalidArgument(given, `${given} is not ${expected[alg]}`)
  return { keyHash, alg }
}

function algOf(text: string): HashAlg | undefined {
  if (text.startsWith('$2')) return 'bcrypt'
  if (digestOf(text, bytesOf.sha256)) return 'sha256'
  return digestOf(text, bytesOf.sha512) ? 'sha512' : undefined
}

/** A digest of so many bytes in hexadecimal, however it was written. */
function digestOf(text: string, bytes: number): string | undefined {
  // PostgreSQL writes bytea so.
  const hex = text.replace(/^\\x/, '')
  if (hex.length === 2 * bytes && /^[0-9a-f]+$/i.test(hex)) return hex.toLowerCase()
  const bare = text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')
  const buffer = Buffer.from(bare, 'base64url')
  return buffer.length === bytes && buffer.toString('base64url') === bare ? buffer.toString('hex') : undefined
}

function slowHash(text: string): string | undefined {
  const cost = /^\$2[aby]\$(\d\d)\$[./0-9A-Za-z]{53}$/.exec(text)?.[1]
  if (cost === undefined || Number(cost) < 4 || Number(cost) > highestCost) return undefined
  // PHP's name of $2b$, which the package bcrypt does not know.
  return text.replace(/^\$2y/, '$2b')
}
