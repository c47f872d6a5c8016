import { type ApiKey, type ApiKeyRecord, deepFreeze, type KeyState, type Owner, statusOf } from '../api-key.js'
import { type Id, publish } from '../events.js'
import { readStoredScopes } from '../scopes.js'
import type { FoundKey } from '../store.js'
import type { Row } from './client.js'

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
    return scopes
  }

  metadata(): Readonly<Record<string, unknown>> | null {
    const text = this.text('metadata')
    if (text === null) return null
    try {
      const value: unknown = JSON.parse(text)
      const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
      if (isObject) return deepFreeze(value as Record<string, unknown>)
    } catch {
      // Named below, like any other value that is none: not JSON, or nested too deep to be frozen.
    }
    this.damaged.push('metadata')
    return null
  }
}

/** Of the fields that can be damaged, those without which a verdict would be a guess. */
const decisive = ['id', 'userId', 'keyHash', 'hashAlg', 'isActive', 'expiresAt', 'revokedAt', 'user']

function stateOf(reader: Reader, owner: Row | null | undefined): KeyState {
  const { row } = reader
  const expiresAt = reader.date('expiresAt')
  const revokedAt = reader.date('revokedAt')
  if (typeof row['isActive'] !== 'boolean') reader.damaged.push('isActive')
  return {
    isRevoked: row['isActive'] !== true || revokedAt !== null,
    expiresAtMs: expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
    // A model without such a column has no inactive owners.
    ownerIsActive: owner ? owner['isActive'] === undefined || owner['isActive'] === true : undefined,
    unreadable: reader.damaged.filter((field) => decisive.includes(field))
  }
}

function apiKeyOf(reader: Reader): ApiKey {
  const expiresAt = reader.row['expiresAt']
  const expiresAtMs = isDate(expiresAt) ? expiresAt.getTime() : undefined
  const createdAtMs = reader.date('createdAt')?.getTime() ?? 0
  return {
    id: reader.row['id'] as Id,
    ownerId: reader.row['userId'] as Id,
    name: reader.text('name') ?? '',
    keyPrefix: reader.text('keyPrefix') ?? '',
    scopes: reader.scopes(),
    // A Date can't be frozen and this record serves many requests: each who asks gets one of its own.
    get expiresAt() {
      return expiresAtMs === undefined ? null : new Date(expiresAtMs)
    },
    get createdAt() {
      return new Date(createdAtMs)
    },
    metadata: reader.metadata()
  }
}

const isDate = (value: unknown): value is Date => value instanceof Date && !Number.isNaN(value.getTime())

function report(reader: Reader): void {
  if (reader.damaged.length === 0) return
  publish('keystile:damaged', () => ({ apiKeyId: reader.row['id'] as Id, fields: [...new Set(reader.damaged)] }))
}

export function toOwner(row: Row): Owner {
  return deepFreeze({ ...row } as unknown as Owner)
}

export function toFoundKey(row: Row, unreadable: readonly string[] = []): FoundKey {
  const reader = new Reader(row)
  reader.damaged.push(...unreadable)
  const owner = row['user'] as Row | null | undefined
  const state = stateOf(reader, owner)
  const apiKey = deepFreeze(apiKeyOf(reader))
  if (!owner) reader.damaged.push('user')
  if (typeof row['hashAlg'] === 'string') reader.damaged.push('hashAlg')
  report(reader)
  return {
    keyHash: row['keyHash'] as string,
    hashAlg: (row['hashAlg'] as string | null) ?? null,
    state,
    apiKey,
    owner: owner ? toOwner(owner) : null
  }
}

export function toRecord(row: Row, nowMs: number, unreadable: readonly string[] = []): ApiKeyRecord {
  const reader = new Reader(row)
  reader.damaged.push(...unreadable)
  const state = stateOf(reader, undefined)
  const record = {
    ...apiKeyOf(reader),
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
