import type { RowProblem } from './errors.js'
import type { Id } from './events.js'
import type { StoredHash } from './hash.js'
import type { RateLimit } from './limits.js'
import type { TokenForm } from './token-form.js'

/** A key that was made elsewhere, as its row is to be. */
export interface ImportedKey extends StoredHash {
  /** Where it stands in what was given, for problems; the first is 1. */
  readonly row: number
  /** As text; undefined: the key gets one, as it does where the model's ids are numbers. */
  readonly id: string | undefined
  readonly ownerId: Id
  /** Of an owner that is made. */
  readonly ownerEmail: string | null
  readonly ownerName: string | null
  readonly name: string
  readonly keyPrefix: string
  /** What its token looks like. */
  readonly form: TokenForm
  readonly scopes: readonly string[]
  readonly isActive: boolean
  readonly lastUsedAt: Date | null
  readonly lastUsedIp: string | null
  readonly usageCount: bigint
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
  readonly revokedReason: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly allowedIps: readonly string[] | null
  readonly rateLimit: RateLimit | null
  /** null: when it is imported. */
  readonly createdAt: Date | null
  /** null: when it was made. */
  readonly updatedAt: Date | null
}

export interface ImportPlan {
  readonly keys: readonly ImportedKey[]
  /** What was said of their tokens: such are looked up even where their keys are there already. */
  readonly forms: readonly TokenForm[]
  /** Whether owners that are not there are made. */
  readonly createOwners: boolean
  /** Whether it is only looked at. */
  readonly dryRun: boolean
  readonly now: Date
}

export interface ImportOutcome {
  /** Ids of the keys that were added; of a dry run, none. */
  readonly ids: readonly Id[]
  readonly imported: number
  readonly unchanged: number
  readonly ownersCreated: number
  /** What tokens of the keys that were added look like, and what was said of them. */
  readonly forms: readonly TokenForm[]
  /** Whether any of these was not looked up before; of a dry run, false. */
  readonly hasNewForms: boolean
  /** Keys that can't be added, and why. Where there is one, nothing was written. */
  readonly problems: readonly RowProblem[]
  /** What to do about them. */
  readonly hints: readonly string[]
}
