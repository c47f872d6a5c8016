import { type Channel, channel } from 'node:diagnostics_channel'
import type { DenialReason } from './errors.js'

/** The id of a key or an owner, as the model has it. */
export type Id = string | number | bigint

/** Who a change was about. */
interface KeyEvent {
  readonly apiKeyId: Id
  readonly ownerId: Id
}

/** Something in the setting that is worth an operator's eye. */
export type WarningCode =
  | 'embedded_in_production'
  | 'database_unavailable'
  | 'unknown_scope'
  | 'trust_proxy'
  | 'bcrypt_missing'
  | 'driver_missing'

/** The channels of node:diagnostics_channel and what they carry. Never a token, never a hash. */
export interface KeystileEvents {
  /** A request was let in. */
  'keystile:authenticated': KeyEvent & { readonly ip: string | null }
  /** A request was refused. The key and its owner are there where the token named one. */
  'keystile:denied': Partial<KeyEvent> & {
    readonly reason: DenialReason
    readonly status: number
    readonly ip: string | null
  }
  'keystile:created': KeyEvent
  /** The names of the fields that were given, not their values. */
  'keystile:updated': KeyEvent & { readonly fields: readonly string[] }
  /** `apiKeyId` is the old key. */
  'keystile:rotated': KeyEvent & { readonly newApiKeyId: Id; readonly oldExpiresAt: Date }
  'keystile:revoked': KeyEvent & { readonly reason: string | null }
  'keystile:deleted': KeyEvent
  /** How many keys, and owners for them, were added by one import. */
  'keystile:imported': { readonly imported: number; readonly ownersCreated: number }
  /** A row has values that can't be read; what depends on them is refused. */
  'keystile:damaged': { readonly apiKeyId: Id; readonly fields: readonly string[] }
  /** Counts could not be written. They are kept and tried again. */
  'keystile:usage-flush-failed': { readonly error: string; readonly waitingKeys: number; readonly waitingSince: Date }
  /** The change feed came back, or was lost and why: until it is back, every request asks the database. */
  'keystile:feed': { readonly state: 'fresh' | 'lost'; readonly code?: string; readonly message?: string }
  /** Something in the setting is worth an operator's eye. */
  'keystile:warning': { readonly code: WarningCode; readonly message: string }
}

// Made when this is loaded and held for good: Node forgets a channel that nobody holds, and where one is forgotten between
// a subscriber and the first event, the two end up on different channels of the same name.
const channels: Readonly<Record<keyof KeystileEvents, Channel>> = {
  'keystile:authenticated': channel('keystile:authenticated'),
  'keystile:denied': channel('keystile:denied'),
  'keystile:created': channel('keystile:created'),
  'keystile:updated': channel('keystile:updated'),
  'keystile:rotated': channel('keystile:rotated'),
  'keystile:revoked': channel('keystile:revoked'),
  'keystile:deleted': channel('keystile:deleted'),
  'keystile:imported': channel('keystile:imported'),
  'keystile:damaged': channel('keystile:damaged'),
  'keystile:usage-flush-failed': channel('keystile:usage-flush-failed'),
  'keystile:feed': channel('keystile:feed'),
  'keystile:warning': channel('keystile:warning')
}

/** Publishes an event; `payload` is only made where somebody listens. */
export function publish<Name extends keyof KeystileEvents>(name: Name, payload: () => KeystileEvents[Name]): void {
  const target = channels[name]
  if (target.hasSubscribers) target.publish(payload())
}

/** Tells of a request that a key let in. It happens at each: where nobody listens, not even a function is made for it. */
export function publishAuthenticated(apiKey: { readonly id: Id; readonly ownerId: Id }, ip: string | null): void {
  const target = channels['keystile:authenticated']
  if (target.hasSubscribers) {
    const { id, ownerId } = apiKey
    const payload: KeystileEvents['keystile:authenticated'] = { apiKeyId: id, ownerId, ip }
    target.publish(payload)
  }
}

/** Tells of a refused request; the key is there where the token named one. */
export function publishDenied(
  { reason, status }: { readonly reason: DenialReason; readonly status: number },
  apiKey: { readonly id: Id; readonly ownerId: Id } | undefined,
  ip: string | null
): void {
  publish('keystile:denied', () => ({
    reason,
    status,
    ...(apiKey && { apiKeyId: apiKey.id, ownerId: apiKey.ownerId }),
    ip
  }))
}
