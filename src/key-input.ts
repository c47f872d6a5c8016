import type { ApiKeyRecord } from './api-key.js'
import type { Duration } from './duration.js'
import { lastTimeMs, parseDuration } from './duration.js'
import { describe, invalidArgument } from './errors.js'
import type { Id } from './events.js'
import { parseScopes } from './scopes.js'
import { misspelt, showName } from './spelling.js'
import type { KeyChange, ListPosition } from './store.js'

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

export interface ListKeysInput {
  readonly ownerId?: Id
  /** 1 to 100; 50 by default. */
  readonly limit?: number
  /** `nextCursor` of the page before. */
  readonly cursor?: string
}

const maxNameLength = 100
const maxReasonLength = 200
const maxMetadataLength = 4_096
const maxIdLength = 255
/** Where other programs' empty times begin; PostgreSQL knows none of the years far before it. */
const firstTimeMs = Date.parse('0001-01-01T00:00:00Z')
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
    `${field} must be an id (a string of 1 to ${maxIdLength} characters, or as the model has it), not ${describe(value)}.`
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
  check('reason', sound, `reason must be one line of at most ${maxReasonLength} characters, not ${describe(value)}.`)
  return value
}

export function parseGrace(value: unknown, field = 'grace'): number {
  const ms = parseDuration(value)
  check(field, ms !== undefined, `${field} must be a duration such as '24h' or '30d', or 0, not ${describe(value)}.`)
  return ms
}

interface KeyFields {
  readonly name?: unknown
  readonly scopes?: unknown
  readonly expiresAt?: unknown
  readonly expiresIn?: unknown
  readonly metadata?: unknown
}

/** Checks the fields that were given, and gives back those alone. */
export function parseKeyFields({ name, scopes, expiresAt, expiresIn, metadata }: KeyFields, nowMs: number): KeyChange {
  check('expiresIn', expiresAt === undefined || expiresIn === undefined, 'Give expiresAt or expiresIn, not both.')
  return {
    ...(name !== undefined && { name: parseName(name) }),
    ...(scopes !== undefined && { scopes: parseScopes(scopes) }),
    ...(expiresAt !== undefined && { expiresAt: parseExpiry(expiresAt, nowMs) }),
    ...(expiresIn !== undefined && { expiresAt: parseLifetime(expiresIn, nowMs) }),
    ...(metadata !== undefined && { metadata: parseMetadata(metadata) })
  }
}

export function parseName(value: unknown): string {
  const sound =
    typeof value === 'string' && value.trim() !== '' && [...value].length <= maxNameLength && isStorable(value)
  check(
    'name',
    sound,
    `name must be one line of 1 to ${maxNameLength} characters, not ${describe(value)}${lengthOf(value)}.`
  )
  return value
}

function lengthOf(value: unknown): string {
  return typeof value === 'string' && value !== '' ? ` of ${[...value].length}` : ''
}

export function parseEmail(value: unknown): string {
  const sound = typeof value === 'string' && value.length <= 254 && isStorable(value) && /^[^\s@]+@[^\s@]+$/.test(value)
  check('email', sound, `email must be an email address, such as ada@example.com, not ${describe(value)}.`)
  return value
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
    `expiresIn must be a duration such as '12h' or '90d', not ${describe(value)}.`
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

/** A cursor is opaque to those who pass it on: the place of the last row, not a page number that shifts. */
export function toCursor({ createdAt, id }: ApiKeyRecord): string {
  const parts = [createdAt.getTime(), typeof id, String(id)]
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

export function parseCursor(value: unknown): ListPosition {
  const position = typeof value === 'string' && value.length <= 1_000 ? decodeCursor(value) : undefined
  check('cursor', position !== undefined, 'cursor must be the nextCursor of the page before.')
  return position
}

function decodeCursor(value: string): ListPosition | undefined {
  try {
    const [at, type, text] = JSON.parse(Buffer.from(value, 'base64url').toString()) as unknown[]
    if (typeof at !== 'number' || !(at >= firstTimeMs && at <= lastTimeMs) || typeof text !== 'string') return undefined
    const id = type === 'number' ? Number(text) : type === 'bigint' ? BigInt(text) : text
    return { createdAt: new Date(at), id: parseId('cursor', id) }
  } catch {
    return undefined
  }
}
