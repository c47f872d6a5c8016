import { type ApiKey, type ApiKeyRecord, deepFreeze, type KeyState, type Owner, statusOf } from '../api-key.js'
import { type Id, publish } from '../events.js'
import { matcherOf, parseAllowedIps, parseRateLimit } from '../limits.js'
import { type OwnerRules, ruleOn } from '../owner-rules.js'
import { readStoredScopes } from '../scopes.js'
import type { FoundKey } from '../store.js'
import { hashAlgs } from '../token-form.js'
import type { Row } from './client.js'
import { withTimes } from './own-dates.js'

/** Collects the names of the fields that could not be read. */
class Reader {
  readonly damaged: string[] = []
  constructor(readonly row: Row) {}

  text(field: string): string | null {
    const value = this.row[field]
    if (typeof value === 'string' || value === null || value === undefined) return value ?? null
    this.damaged.push(field)
    return null
  }

  date(field: string): Date | null {
    const value = this.row[field]
    if (value === null || value === undefined) return null
    // Prisma gives an Invalid Date for text that is none; it compares as neither before nor after anything.
    if (isDate(value)) return value
    this.damaged.push(field)
    return null
  }

  scopes(): readonly string[] {
    const { scopes, damaged } = readStoredScopes(this.text('scopes'))
    if (damaged) this.damaged.push('scopes')
    return deepFreeze(scopes)
  }

  /** What a column has as JSON, where `parse` takes it. */
  json<T>(field: string, parse: (value: unknown) => T | null): T | null {
    const text = this.text(field)
    if (text === null) return null
    try {
      const value = parse(JSON.parse(text))
      if (value !== null) return deepFreeze(value)
    } catch {
      // Named below, like any other value that is none: not JSON, or nested too deep to be frozen.
    }
    this.damaged.push(field)
    return null
  }
}

const parseMetadata = (value: unknown) =>
  typeof value === 'object' && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>> | null) : null

/** Of the fields that can be damaged, those without which a verdict would be a guess. */
const decisive = [
  'id',
  'userId',
  'keyHash',
  'hashAlg',
  'isActive',
  'expiresAt',
  'revokedAt',
  'allowedIps',
  'rateLimit',
  'user'
]

const nothing: readonly string[] = Object.freeze([])

function stateOf(reader: Reader, owner: Row | null | undefined, { allowedIps }: ApiKey): KeyState {
  const { row } = reader
  const expiresAt = reader.date('expiresAt')
  const revokedAt = reader.date('revokedAt')
  if (typeof row['isActive'] !== 'boolean') reader.damaged.push('isActive')
  return {
    isRevoked: row['isActive'] !== true || revokedAt !== null,
    expiresAtMs: expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
    mayBeUsedFrom: allowedIps === null ? undefined : matcherOf(allowedIps),
    // A model without such a column has no inactive owners.
    ownerIsActive: owner ? owner['isActive'] === undefined || owner['isActive'] === true : undefined,
    unreadable: reader.damaged.length === 0 ? nothing : reader.damaged.filter((field) => decisive.includes(field))
  }
}

function apiKeyOf(reader: Reader): ApiKey {
  const expiresAt = reader.row['expiresAt']
  const times = {
    expiresAtMs: isDate(expiresAt) ? expiresAt.getTime() : undefined,
    createdAtMs: reader.date('createdAt')?.getTime() ?? 0
  }
  const who = {
    id: reader.row['id'] as Id,
    ownerId: reader.row['userId'] as Id,
    name: reader.text('name') ?? '',
    keyPrefix: reader.text('keyPrefix') ?? '',
    scopes: reader.scopes()
  }
  return Object.assign(withTimes(who, times), {
    allowedIps: reader.json('allowedIps', parseAllowedIps),
    rateLimit: reader.json('rateLimit', parseRateLimit),
    metadata: reader.json('metadata', parseMetadata)
  })
}

const isDate = (value: unknown): value is Date => value instanceof Date && !Number.isNaN(value.getTime())

function report(reader: Reader): void {
  if (reader.damaged.length === 0) return
  publish('keystile:damaged', () => ({ apiKeyId: reader.row['id'] as Id, fields: [...new Set(reader.damaged)] }))
}

/** With its getters, which a spread would call once for all. */
const narrowed = (apiKey: ApiKey, scopes: readonly string[]): ApiKey =>
  deepFreeze(
    Object.defineProperties({} as ApiKey, {
      ...Object.getOwnPropertyDescriptors(apiKey),
      scopes: { value: scopes, enumerable: true }
    })
  )

/** What can't be frozen, where many requests share one owner: each who asks gets a value of its own. */
function copierOf(value: unknown): (() => unknown) | undefined {
  if (value instanceof Date) return () => new Date(value)
  return value instanceof Uint8Array ? () => new Uint8Array(value) : undefined
}

export function toOwner(row: Row): Owner {
  const owner: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(row)) {
    const get = copierOf(value)
    if (get) Object.defineProperty(owner, field, { enumerable: true, get })
    else owner[field] = deepFreeze(value)
  }
  return Object.freeze(owner) as unknown as Owner
}

const knownAlgs: readonly string[] = hashAlgs.filter((name) => name !== 'sha256')

interface Owners {
  /** False: whoever the key names is its owner, and there is no row to look at. */
  readonly hasOwner: boolean
  /** The fields that an app sees. */
  readonly shown: readonly string[]
  readonly rules: OwnerRules
}

function ownerRowOf(row: Row, hasOwner: boolean): Row | null | undefined {
  if (hasOwner) return row['user'] as Row | null | undefined
  const id = row['userId'] ?? null
  return id === null ? null : { id }
}

/** The owner's id in the two rows is one text then, not two. */
const valueIn = (owner: Row, field: string, { userId }: Row) => (owner[field] === userId ? userId : owner[field])

export function toFoundKey(row: Row, unreadable: readonly string[], { hasOwner, shown, rules }: Owners): FoundKey {
  const reader = new Reader(row)
  reader.damaged.push(...unreadable)
  const ownerRow = ownerRowOf(row, hasOwner)
  const owner = ownerRow
    ? toOwner(Object.fromEntries(shown.map((field) => [field, valueIn(ownerRow, field, row)])))
    : null
  const hashAlg = reader.text('hashAlg')
  if (hashAlg !== null && !knownAlgs.includes(hashAlg)) reader.damaged.push('hashAlg')
  // What is in it is frozen already; to go through its values would make a Date for each getter.
  const stored = Object.freeze(apiKeyOf(reader))
  const ruling = owner ? ruleOn(rules, owner, stored) : { isActive: false, scopes: stored.scopes, failed: [] }
  const apiKey = ruling.scopes === stored.scopes ? stored : narrowed(stored, ruling.scopes)
  const stateOfRow = stateOf(reader, ownerRow, stored)
  const state = ruling.isActive || !owner ? stateOfRow : { ...stateOfRow, ownerIsActive: false }
  if (!owner) reader.damaged.push('user')
  reader.damaged.push(...ruling.failed)
  report(reader)
  return {
    keyHash: row['keyHash'] as string,
    hashAlg,
    state,
    apiKey,
    owner
  }
}

export function toRecord(row: Row, nowMs: number, unreadable: readonly string[] = []): ApiKeyRecord {
  const reader = new Reader(row)
  reader.damaged.push(...unreadable)
  const apiKey = apiKeyOf(reader)
  const state = stateOf(reader, undefined, apiKey)
  const record = {
    ...apiKey,
    status: statusOf(state, nowMs),
    isActive: row['isActive'] === true,
    revokedAt: reader.date('revokedAt'),
    revokedReason: reader.text('revokedReason'),
    rotatedFromId: (row['rotatedFromId'] as Id | null | undefined) ?? null,
    lastUsedAt: reader.date('lastUsedAt'),
    lastUsedIp: reader.text('lastUsedIp'),
    usageCount: Number(row['usageCount'] ?? 0),
    updatedAt: reader.date('updatedAt') ?? new Date(0)
  }
  report(reader)
  return deepFreeze({ ...record, damaged: [...new Set(reader.damaged)] })
}
