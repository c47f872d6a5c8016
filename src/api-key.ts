import type { DenialReason } from './errors.js'
import type { Id } from './events.js'
import type { RateLimit } from './limits.js'

/** A key as a request carries it: who it is and what it may do. Deep-frozen. */
export interface ApiKey {
  readonly id: Id
  readonly ownerId: Id
  readonly name: string
  /** The start of the token, for people: `sk_AbCdEfGh...` */
  readonly keyPrefix: string
  readonly scopes: readonly string[]
  /** null is never. */
  readonly expiresAt: Date | null
  readonly createdAt: Date
  /** Addresses and ranges that the key may be used from; null is anywhere. */
  readonly allowedIps: readonly string[] | null
  /** For `keystile/rate-limit`; null is no limit of its own. */
  readonly rateLimit: RateLimit | null
  /** What the app stored with the key. */
  readonly metadata: Readonly<Record<string, unknown>> | null
}

/** A key as management sees it: with its state and its usage. Deep-frozen. */
export interface ApiKeyRecord extends ApiKey {
  /** What the key was when it was read. */
  readonly status: KeyStatus
  /** False once it is revoked; it never becomes true again. */
  readonly isActive: boolean
  readonly revokedAt: Date | null
  readonly revokedReason: string | null
  /** The key that this one replaced. */
  readonly rotatedFromId: Id | null
  readonly lastUsedAt: Date | null
  readonly lastUsedIp: string | null
  /** Requests that this key authenticated, those included that a guard then refused. */
  readonly usageCount: number
  /** The last change of the key; usage does not count as one. */
  readonly updatedAt: Date
  /** Fields of the row that could not be read; the key is refused while they are so, or has no scopes. */
  readonly damaged: readonly string[]
}

export type KeyStatus = 'active' | 'expired' | 'revoked' | 'damaged'

/** Whom a key acts for: the columns of the owner's row that are safe to show by default. Deep-frozen. */
export interface Owner {
  readonly id: Id
  readonly email?: string | null
  readonly name?: string | null
  readonly isActive?: boolean
}

/** A verified key and whom it acts for. */
export interface Authenticated<KeyOwner extends object = Owner> {
  readonly apiKey: ApiKey
  readonly owner: KeyOwner
}

/** What the checks of a request read. Private copies: nothing that an app does to a public record reaches them. */
export interface KeyState {
  readonly isRevoked: boolean
  /** Milliseconds; Infinity is never. */
  readonly expiresAtMs: number
  /** undefined: there is no such owner. */
  readonly ownerIsActive: boolean | undefined
  /** Whether it may be used from an address; undefined: from anywhere. */
  readonly mayBeUsedFrom: ((ip: string) => boolean) | undefined
  /** Fields that could not be read and that a verdict depends on. */
  readonly unreadable: readonly string[]
}

/**
 * Why a key is refused at this moment, or undefined where it is good. A key is expired from the very
 * millisecond of its expiry on.
 */
export function refusalOf(state: KeyState, nowMs: number): DenialReason | undefined {
  if (state.unreadable.length > 0) return 'damaged'
  if (state.isRevoked) return 'revoked'
  // Not `now >= expiry`: where either is not a number, the key is refused.
  if (!(nowMs < state.expiresAtMs)) return 'expired'
  if (state.ownerIsActive === undefined) return 'damaged'
  if (!state.ownerIsActive) return 'owner_inactive'
  return undefined
}

/** Where a request comes from. */
export interface Origin {
  readonly ip: string | null
  /** Whether clients can write any address there: found out when it is read, which most requests need not. */
  readonly isForgeable: boolean
}

/** Why a good key is refused to this client, or undefined where it is not. */
export function refusalOfOrigin({ mayBeUsedFrom }: KeyState, from: Origin): DenialReason | undefined {
  if (!mayBeUsedFrom) return undefined
  if (from.isForgeable) return 'ip_forgeable'
  return from.ip !== null && mayBeUsedFrom(from.ip) ? undefined : 'ip_not_allowed'
}

/** The status of a key, whatever its owner's. */
export function statusOf(state: KeyState, nowMs: number): KeyStatus {
  const reason = refusalOf({ ...state, ownerIsActive: true }, nowMs)
  return reason === undefined ? 'active' : (reason as KeyStatus)
}

/** Freezes a record and all plain objects and arrays in it. Dates can't be frozen: checks never read public ones. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (!(value instanceof Date)) for (const inner of Object.values(value)) deepFreeze(inner)
  return Object.freeze(value)
}
