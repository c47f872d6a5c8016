import type { ApiKeyRecord } from './api-key.js'

/** What can be done to a key. */
export const eventTypes = ['created', 'updated', 'rotated', 'revoked', 'deleted', 'imported'] as const
export type ApiKeyEventType = (typeof eventTypes)[number]

/** One entry of the audit trail. Never a token or a hash. */
export interface ApiKeyEvent {
  readonly id: string
  readonly type: ApiKeyEventType
  /** As text: the key may be gone. */
  readonly apiKeyId: string
  readonly ownerId: string
  /** Who did it, as the app named them; null where it did not. */
  readonly actor: string | null
  /** From which address; null where the app did not say. */
  readonly ip: string | null
  /** What it was about. `updated` has `{ from, to }` for each field that changed. */
  readonly changes: Readonly<Record<string, unknown>>
  readonly createdAt: Date
}

/** Who makes a change, for the audit trail. */
export interface ChangedBy {
  readonly actor: string | null
  readonly ip: string | null
}

export const nobody: ChangedBy = { actor: null, ip: null }

/** An entry before it is written. */
export interface NewEvent {
  readonly type: ApiKeyEventType
  readonly apiKey: Pick<ApiKeyRecord, 'id' | 'ownerId'>
  readonly changes: Readonly<Record<string, unknown>>
}

/** What a key was made with. */
export const beginnings = ({ name, keyPrefix, scopes, expiresAt, allowedIps, rateLimit }: ApiKeyRecord) => ({
  name,
  keyPrefix,
  scopes,
  expiresAt,
  ...(allowedIps && { allowedIps }),
  ...(rateLimit && { rateLimit })
})

/** The fields in which two states of a key differ, with both values. */
export function differences(before: ApiKeyRecord, after: ApiKeyRecord): Record<string, { from: unknown; to: unknown }> {
  const fields = ['name', 'scopes', 'expiresAt', 'metadata', 'allowedIps', 'rateLimit'] as const
  const changed = fields.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
  return Object.fromEntries(changed.map((field) => [field, { from: before[field], to: after[field] }]))
}
