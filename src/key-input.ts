import type { ChangedBy } from './audit.js'
import type { Duration } from './duration.js'
import { lastTimeMs, parseDuration } from './duration.js'
import { describe, describeText, describeWord, invalidArgument } from './errors.js'
import type { Id } from './events.js'
import { storableIp } from './ip.js'
import { parseAllowedIps, parseRateLimit, type RateLimit } from './limits.js'
import { parseScopes } from './scopes.js'
import { misspelt, showName } from './spelling.js'
import type { KeyChange } from './store.js'

/** What a key is made from. */
export interface CreateKeyInput {
  /** Whom the key acts for; the owner must exist. */
  readonly ownerId: Id
  /** 1 to 100 characters, for people. */
  readonly name: string
  /** Scope names (RFC 6749 section 3.3), 100 at most; `*` and `reports:*` are wildcards. None by default: such a key passes no guard. */
  readonly scopes?: readonly string[]
  /** A time in the future; null, and left out, is never. */
  readonly expiresAt?: Date | null
  /** The same as a duration from now: `'90d'`. */
  readonly expiresIn?: Duration
  /** Anything of the app's own, as JSON: 4,096 characters at most. */
  readonly metadata?: Readonly<Record<string, unknown>> | null
  /** Addresses and ranges (CIDR) that the key may be used from, 100 at most; null, and left out, is anywhere. */
  readonly allowedIps?: readonly string[] | null
  /** How many requests it may make, where `keystile/rate-limit` is used; null, and left out, is no limit of its own. */
  readonly rateLimit?: RateLimit | null
}

/** What can be changed of a key; what is left out stays. */
export type UpdateKeyInput = Omit<Partial<CreateKeyInput>, 'ownerId'>

export interface RotateKeyInput {
  /** How long the old key still works: `'24h'`, or 0 for not at all. */
  readonly grace: Duration
  /** When the new key expires; left out, it lives as long as the old one was made to live. */
  readonly expiresAt?: Date | null
  readonly expiresIn?: Duration
}

/** Who makes a change, for the audit trail. */
export interface ChangeContext {
  /** Who does it, in the app's own words: 200 characters at most. */
  readonly actor?: string
  /** From which address; what is no address is not stored. */
  readonly ip?: string
}

export interface ListKeysInput {
  readonly ownerId?: Id
  /** 1 to 100; 50 by default. */
  readonly limit?: number
  /** `nextCursor` of the page before. */
  readonly cursor?: string
}

export const maxNameLength = 100
export const maxReasonLength = 200
const maxActorLength = 200
const maxMetadataLength = 4_096
const maxIdLength = 255
const controlCharacter = /\p{Cc}/u

export function check(field: string, sound: boolean, message: string): asserts sound {
  if (!sound) throw invalidArgument(field, message)
}

/**
 * The own fields of an argument, each read once; what a prototype has may come from the body of a request. Refuses what
 * a method does not know, so that a misspelt `expiresin` can't make a key that never expires.
 */
export function ownFields<Input extends object>(method: string, input: Input, known: readonly string[]): Input {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input)
  check('input', isObject, `${method}() takes an object, not ${describe(input)}.`)
  const unknown = Object.keys(input).find((field) => !known.includes(field))
  if (unknown !== undefined)
    throw invalidArgument(showName(unknown), `${method}() knows no field ${misspelt(unknown, known)}`)
  return Object.assign(Object.create(null), input) as Input
}

/** Only these types ever reach a query: an object there would be an operator. */
export function parseId(field: string, value: unknown): Id {
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  const sound = typeof value === 'string' && value.length > 0 && value.length <= maxIdLength && isStorable(value)
  check(
    field,
    sound,
    `${field} must be an id (a string of 1 to ${maxIdLength} characters, or as the model has it), not ${describeText(value)}.`
  )
  return value
}

/** Text that every database takes: no NUL or other control character, no half of a surrogate pair. */
function isStorable(text: string): boolean {
  return !controlCharacter.test(text) && text.isWellFormed()
}

export function parseReason(value: unknown): string | null {
  if (value === undefined || value === null) return null
  const sound = typeof value === 'string' && value.length <= maxReasonLength && isStorable(value)
  check(
    'reason',
    sound,
    `reason must be one line of at most ${maxReasonLength} characters, not ${describeText(value)}.`
  )
  return value
}

/** @param storesIps whether an address is kept at all */
export function parseContext(method: string, context: ChangeContext | undefined, storesIps: boolean): ChangedBy {
  const { actor = null, ip } = ownFields(method, context ?? {}, ['actor', 'ip'])
  const sound = actor === null || (typeof actor === 'string' && actor.length <= maxActorLength && isStorable(actor))
  check('actor', sound, `actor must be one line of at most ${maxActorLength} characters, not ${describeText(actor)}.`)
  return { actor, ip: storesIps ? storableIp(ip) : null }
}

export function parseLimit(value: unknown): number {
  const sound = typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 100
  check('limit', sound, 'limit must be a whole number from 1 to 100.')
  return value
}

export function parseGrace(value: unknown, field = 'grace'): number {
  const ms = parseDuration(value)
  check(
    field,
    ms !== undefined,
    `${field} must be a duration such as '24h' or '30d', or 0, not ${describeWord(value)}.`
  )
  return ms
}

interface KeyFields {
  readonly name?: unknown
  readonly scopes?: unknown
  readonly expiresAt?: unknown
  readonly expiresIn?: unknown
  readonly metadata?: unknown
  readonly allowedIps?: unknown
  readonly rateLimit?: unknown
}

/** Checks the fields that were given, and gives back those alone. */
export function parseKeyFields(fields: KeyFields, nowMs: number): KeyChange {
  const { name, scopes, expiresAt, expiresIn, metadata, allowedIps, rateLimit } = fields
  check('expiresIn', expiresAt === undefined || expiresIn === undefined, 'Give expiresAt or expiresIn, not both.')
  return {
    ...(name !== undefined && { name: parseName(name) }),
    ...(scopes !== undefined && { scopes: parseScopes(scopes) }),
    ...(expiresAt !== undefined && { expiresAt: parseExpiry(expiresAt, nowMs) }),
    ...(expiresIn !== undefined && { expiresAt: parseLifetime(expiresIn, nowMs) }),
    ...(metadata !== undefined && { metadata: parseMetadata(metadata) }),
    ...(allowedIps !== undefined && { allowedIps: parseAllowedIps(allowedIps) }),
    ...(rateLimit !== undefined && { rateLimit: parseRateLimit(rateLimit) })
  }
}

export function parseName(value: unknown): string {
  const sound =
    typeof value === 'string' && value.trim() !== '' && [...value].length <= maxNameLength && isStorable(value)
  check('name', sound, `name must be one line of 1 to ${maxNameLength} characters, not ${describeText(value)}.`)
  return value
}

export function parseEmail(value: unknown): string {
  const sound = typeof value === 'string' && value.length <= 254 && isStorable(value) && /^[^\s@]+@[^\s@]+$/.test(value)
  check(
    'email',
    sound,
    `email must be an email address, such as ada@example.com, not ${describeText(value)}${emailFault(value)}.`
  )
  return value
}

function emailFault(value: unknown): string {
  if (typeof value !== 'string' || value === '') return ''
  const signs = value.split('@').length - 1
  if (signs !== 1) return signs === 0 ? ' without @' : ' with more than one @'
  return /\s/.test(value) && value.trim() !== '' ? ' with space in it' : ''
}

function parseExpiry(value: unknown, nowMs: number): Date | null {
  if (value === null) return null
  check(
    'expiresAt',
    value instanceof Date && !Number.isNaN(value.getTime()),
    `expiresAt must be a valid Date or null, not ${describe(value)}.`
  )
  check('expiresAt', value.getTime() > nowMs, 'expiresAt must be in the future.')
  check(
    'expiresAt',
    value.getTime() < lastTimeMs,
    'expiresAt must be before the year 9999; for a key that never expires, leave it out.'
  )
  return new Date(value)
}

function parseLifetime(value: unknown, nowMs: number): Date {
  const ms = parseDuration(value)
  check(
    'expiresIn',
    ms !== undefined && ms > 0,
    `expiresIn must be a duration such as '12h' or '90d', not ${describeWord(value)}.`
  )
  return new Date(nowMs + ms)
}

function parseMetadata(value: unknown): Readonly<Record<string, unknown>> | null {
  if (value === null) return null
  check('metadata', isPlain(value), `metadata must be an object or null, not ${describe(value)}.`)
  let json: string
  let copy: unknown
  try {
    json = JSON.stringify(value)
    copy = JSON.parse(json)
  } catch {
    throw invalidArgument('metadata', 'metadata must be something that JSON can hold: no cycles, no bigint.')
  }
  check(
    'metadata',
    json.length <= maxMetadataLength,
    `metadata takes at most ${maxMetadataLength} characters as JSON; this is ${json.length}.`
  )
  // A toJSON() may have made something else of it: a Date and a URL become strings.
  check('metadata', isPlain(copy), 'metadata must be an object as JSON too; this becomes something else.')
  return copy
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
