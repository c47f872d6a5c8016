import type { ApiKey, ApiKeyRecord, KeyState, Owner } from './api-key.js'
import type { ApiKeyEvent, ChangedBy } from './audit.js'
import type { Id } from './events.js'
import type { Flight } from './flights.js'
import type { StoredHash } from './hash.js'
import type { ImportOutcome, ImportPlan } from './imported-key.js'
import type { RateLimit } from './limits.js'
import type { TokenForm } from './token-form.js'

/** A row as a request needs it. */
export interface FoundKey {
  /** As the row has it, for the constant-time comparison. */
  readonly keyHash: string
  /** How the row says that its hash was made; null is SHA-256. */
  readonly hashAlg: string | null
  readonly state: KeyState
  readonly apiKey: ApiKey
  /** null where the owner is gone; the key is then refused. */
  readonly owner: Owner | null
}

/** A key that was found by its token: the token's SHA-256 is kept with it, for the comparison at each later request. */
export interface ProvenKey extends FoundKey {
  readonly tokenHash: string
  /** What its uses are counted in just now: for Usage alone. */
  tally: { letGo(): void } | undefined
}

/** Whether what was read may be what a change has just replaced. */
export function isTouched({ touched, touchedAll }: Flight, { apiKey: { id, ownerId } }: FoundKey): boolean {
  return touchedAll || (touched.size > 0 && (touched.has(String(id)) || touched.has(String(ownerId))))
}

/** Whether nothing at all was changed since: a hash that no key had is one that no key has. */
export const isUntouched = ({ touched, touchedAll }: Flight): boolean => !touchedAll && touched.size === 0

export interface NewKey extends StoredHash {
  readonly ownerId: Id
  readonly name: string
  readonly keyPrefix: string
  readonly scopes: readonly string[]
  readonly expiresAt: Date | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly allowedIps: readonly string[] | null
  readonly rateLimit: RateLimit | null
  readonly createdAt: Date
  /** The form of its token, where its hash is a slow one. */
  readonly form?: TokenForm
  /** How many keys that are not over an owner may have, this one included; left out, any number. */
  readonly maxPerOwner?: number
}

/** What can be changed of a key. What is left out stays. */
export interface KeyChange {
  readonly name?: string
  readonly scopes?: readonly string[]
  readonly expiresAt?: Date | null
  readonly metadata?: Readonly<Record<string, unknown>> | null
  readonly allowedIps?: readonly string[] | null
  readonly rateLimit?: RateLimit | null
}

/** Where a page ends: the next one begins behind it. */
export interface ListPosition {
  readonly createdAt: Date
  readonly id: Id
}

export interface ListQuery {
  readonly ownerId?: Id
  readonly limit: number
  readonly after?: ListPosition
}

/** Keys that expire after one time and not after another, the soonest first. Revoked and rotated ones are left out. */
export interface ExpiringQuery {
  readonly from: Date
  readonly to: Date
  readonly ownerId?: Id
  readonly limit: number
  readonly after?: { readonly expiresAt: Date; readonly id: Id }
}

export interface EventQuery {
  readonly apiKeyId?: string
  readonly ownerId?: string
  readonly limit: number
  readonly after?: ListPosition
}

export interface UsageQuery {
  readonly apiKeyIds: readonly Id[]
  readonly from: Date
  /** Not included. */
  readonly to: Date
}

/** Requests of a key in one hour. */
export interface HourOfUse {
  readonly apiKeyId: string
  readonly hour: Date
  readonly allowed: number
  readonly denied: number
}

/**
 * Keys that somebody should look at. All but `ended` are neither revoked nor expired; `unused` since a time, `ended`
 * before it.
 */
export type KeyKind =
  | 'without_expiry'
  | 'unused'
  | 'all_scopes'
  | 'inactive_owner'
  | 'ended'
  | 'limited_to_addresses'
  | 'bcrypt'
  | 'hmac'

export interface SurveyQuery {
  readonly kind: KeyKind
  readonly now: Date
  /** For the kinds that have a time. */
  readonly before: Date
  /** How many are named, at most. */
  readonly examples: number
}

export interface KeySurvey {
  readonly count: number
  readonly examples: readonly { readonly id: Id; readonly name: string; readonly ownerId: Id }[]
}

/** Called with a key as it is when it is changed, in the transaction of the change; what it throws stops that. */
export type KeyCheck = (before: ApiKeyRecord) => void

export interface RotationPlan extends StoredHash {
  readonly keyPrefix: string
  /** The form of its token, where its hash is a slow one. */
  readonly form?: TokenForm
  /** When the new key expires; left out, it lives as long as the old one was to live. */
  readonly expiresAt?: Date | null
  /** When the old key ends, unless it ends sooner by itself. */
  readonly oldEndsAt: Date
  readonly now: Date
  /** How many keys that are not over the owner may have after it; left out, any number. */
  readonly maxPerOwner?: number
  /** The latest end that the new key may have; one that would end later by itself ends then. */
  readonly latestExpiresAt?: Date
  readonly check?: KeyCheck
}

export interface Revocation {
  readonly reason: string | null
  readonly now: Date
}

/** What became of the requests of one key since the last batch. */
export interface UsageEntry {
  readonly apiKeyId: Id
  /** How often it authenticated a request. */
  readonly count: number
  /** Milliseconds since 1970; 0 where it did not. */
  readonly lastUsedAtMs: number
  readonly lastUsedIp: string | null
  readonly hours: readonly HourTally[]
}

/** `allowed` is below zero where a request was counted by the batch before and a guard refused it since. */
export interface HourTally {
  /** Milliseconds since 1970. */
  readonly startMs: number
  readonly allowed: number
  readonly denied: number
}

/**
 * Counts that are written together. `seq` grows by one with each batch of an instance, and a batch that is written
 * again has the same one: that is how a repetition is told from something new.
 */
export interface UsageBatch {
  readonly instanceId: string
  readonly seq: number
  readonly now: Date
  readonly entries: readonly UsageEntry[]
}

/**
 * Where keys live: the contract between keystile and a database.
 *
 * - Every change is committed when its promise resolves, and has not happened when it rejects with `conflict`,
 *   `not_found`, `owner_not_found`, `limit_reached`, `invalid_argument`, or what a `KeyCheck` threw. Any other rejection
 *   says that the outcome is not known.
 * - An owner's id may come as text where the model has numbers.
 * - A change is one conditional statement, or one transaction: two at once leave the row as one after the other would.
 * - Every change of a key is in the audit trail, written in its transaction.
 * - No change puts a whole row back, and none touches a column that it was not asked to change.
 * - A row with unreadable values is reported in `state.unreadable` or `damaged`; it never makes another row unreadable.
 * - Rejections are ApiKeyErrors; their messages hold no token, hash or password.
 */
export interface Store {
  /** The keys with these hashes (hexadecimal digests), with their owners, in one query where no row is damaged. */
  findByHashes(keyHashes: readonly string[]): Promise<ReadonlyMap<string, FoundKey>>
  /** The keys whose hash is a slow one and whose keyPrefix is one of these; of each prefix a few at most. */
  findSlow(keyPrefixes: readonly string[]): Promise<readonly FoundKey[]>
  /** The forms of tokens that were imported, or that slow hashes were made of. */
  listForms(): Promise<readonly TokenForm[]>
  /** Puts a key's hash in the place of another one of the same token, once, and nothing else. False where it is not there any more. */
  replaceHash(id: Id, from: StoredHash, to: StoredHash): Promise<boolean>
  get(id: Id): Promise<ApiKeyRecord | undefined>
  /** Newest first. */
  list(query: ListQuery): Promise<readonly ApiKeyRecord[]>
  /** Of these keys, those that were rotated, with the ids of their successors. */
  successorsOf(ids: readonly Id[]): Promise<ReadonlyMap<Id, Id>>
  listExpiring(query: ExpiringQuery): Promise<readonly ApiKeyRecord[]>
  /** Newest first. */
  listEvents(query: EventQuery): Promise<readonly ApiKeyEvent[]>
  readUsage(query: UsageQuery): Promise<readonly HourOfUse[]>
  /** Counts keys of a kind and names the first; undefined where the model can't tell. A big table is not loaded. */
  survey(query: SurveyQuery): Promise<KeySurvey | undefined>
  /** `limit_reached` where the owner has as many as it may have. */
  create(key: NewKey, by?: ChangedBy): Promise<ApiKeyRecord>
  /** Adds keys that were made elsewhere, all or none. Those that are there already stay as they are. */
  importKeys(plan: ImportPlan, by?: ChangedBy): Promise<ImportOutcome>
  /** Changes an active key; `conflict` where it is revoked. */
  update(id: Id, change: KeyChange, by?: ChangedBy, check?: KeyCheck): Promise<ApiKeyRecord>
  /** Makes the successor of an active, unexpired, not yet rotated key, and sets the old one's end; else `conflict`. */
  rotate(
    id: Id,
    plan: RotationPlan,
    by?: ChangedBy
  ): Promise<{ readonly old: ApiKeyRecord; readonly successor: ApiKeyRecord }>
  /** Revokes a key and its predecessors that are still in grace. Empty where it was revoked already. */
  revoke(id: Id, revocation: Revocation, by?: ChangedBy): Promise<readonly ApiKeyRecord[]>
  /** Revokes every key of an owner that is not revoked yet. */
  revokeOwner(ownerId: Id, revocation: Revocation, by?: ChangedBy): Promise<readonly ApiKeyRecord[]>
  /** Removes a key and returns what it was. */
  delete(id: Id, by?: ChangedBy): Promise<ApiKeyRecord>
  /** Removes keys that expired or were revoked before the given time; returns how many. */
  prune(before: Date, by?: ChangedBy): Promise<number>
  /** Removes entries of the audit trail that are older; returns how many. */
  pruneEvents(before: Date): Promise<number>
  /** Removes the hours that are older; returns how many. */
  pruneUsage(before: Date): Promise<number>
  /**
   * Adds a batch to the counters, once, however often it is written. Times only move forward, updatedAt not at all,
   * and keys that are gone are passed over.
   */
  writeUsage(batch: UsageBatch): Promise<void>
  /** The owner with this email; `invalid_argument` where the owners' model has none. */
  findOwner(email: string): Promise<Owner | undefined>
  /** The owner with this email, made where there is none. Only the embedded default has owners of its own. */
  ensureOwner(owner: {
    readonly email: string
    readonly name: string | null
  }): Promise<{ owner: Owner; created: boolean }>
  /** Writes a nonce where the change feed hears it: as a notification, or into the log of changes. */
  announce(nonce: string): Promise<void>
  /** Gives back what the store itself opened; never a client that the app brought. */
  close(): Promise<void>
}
