import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { madeOf } from './characters.js'
import { type HashAlg, shownStart, type TokenForm } from './token-form.js'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const secretLength = 43 // 62^43 > 2^256
const checksumLength = 6 // 62^6 > 2^32
const shownLength = 8
const isBase62 = madeOf(alphabet)

export const defaultPrefix = 'sk_'
export const maxPrefixLength = 32

// Ends in _ and the rest of a token has none, so the prefix of any token is known without a list to try.
const prefixForm = /^[A-Za-z][0-9A-Za-z]*(?:_[0-9A-Za-z]+)*_$/

/** Whether a token that begins so can be taken apart again. */
export function isPrefix(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxPrefixLength && prefixForm.test(value)
}

function checksum(text: string): string {
  let rest = crc32(text)
  let digits = ''
  for (let i = 0; i < checksumLength; i++) {
    digits = alphabet[rest % 62] + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}

/** Digit by digit, without a string for each request; `>>> 0` keeps the arithmetic in integers. */
function endsInChecksum(token: string): boolean {
  const end = token.length - checksumLength
  let rest = crc32(token.slice(0, end)) >>> 0
  for (let i = token.length - 1; i >= end; i--) {
    if (token[i] !== alphabet[rest % 62]) return false
    rest = (rest / 62) >>> 0
  }
  return true
}

function randomSecret(): string {
  let secret = ''
  while (secret.length < secretLength) {
    for (const byte of randomBytes(secretLength)) {
      // 248 = 4 * 62: the bytes above would make the first letters of the alphabet likelier.
      if (byte < 248 && secret.length < secretLength) secret += alphabet[byte % 62]
    }
  }
  return secret
}

/** A new token: the prefix, 256 random bits in base62, and a CRC-32 of both that finds slips without the database. */
export function createToken(prefix: string): string {
  const text = prefix + randomSecret()
  return text + checksum(text)
}

/** The start of a token that may be shown and stored. */
export function displayPrefix(token: string): string {
  return shownStart(token, token.length - secretLength - checksumLength + shownLength)
}

/** The length of every token with this prefix. */
export const tokenLength = (prefix: string): number => prefix.length + secretLength + checksumLength

/** Whether a token that is none of ours is as long as one, give or take a character: somebody's slip, most likely. */
export const isSlip = (token: string, prefixes: ReadonlySet<string>): boolean =>
  [...prefixes].some((prefix) => Math.abs(token.length - tokenLength(prefix)) <= 1)

/** The form of every token with this prefix, for keys that are found by what is shown of them. */
export function formOf(prefix: string, hashAlg: HashAlg): TokenForm {
  const length = tokenLength(prefix)
  return {
    prefix,
    alphabet: 'keystile',
    minLength: length,
    maxLength: length,
    hashAlg,
    shownLength: prefix.length + shownLength
  }
}

/**
 * Whether a string is a token of one of these prefixes: the work is bounded by a token's length, not the string's.
 * @returns 'foreign' where another system may have made it, 'bad_checksum' where it is one of ours with a slip in it
 */
export function inspectToken(token: string, prefixes: ReadonlySet<string>): 'ours' | 'foreign' | 'bad_checksum' {
  const prefixLength = token.length - secretLength - checksumLength
  if (prefixLength < 1 || prefixLength > maxPrefixLength) {
    return startsWithAny(token, prefixes) ? 'bad_checksum' : 'foreign'
  }
  if (!prefixes.has(token.slice(0, prefixLength)) || !isBase62(token, prefixLength)) {
    return startsWithAny(token, prefixes) ? 'bad_checksum' : 'foreign'
  }
  return endsInChecksum(token) ? 'ours' : 'bad_checksum'
}

function startsWithAny(token: string, prefixes: ReadonlySet<string>): boolean {
  for (const prefix of prefixes) if (token.startsWith(prefix)) return true
  return false
}
