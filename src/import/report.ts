import type { RowProblem } from '../errors.js'
import type { HashAlg, TokenForm } from '../token-form.js'

/** What was made of a row so that its key could be kept. */
export type RowNote = RowProblem

/** What an import did, or would do. */
export interface ImportReport {
  /** Whether nothing was to be written. */
  readonly dryRun: boolean
  /** Rows that were given. */
  readonly read: number
  /** Keys that were added, or with `dryRun` would be; none where a row is bad. */
  readonly imported: number
  /** Keys that were there already. They stay as they are. */
  readonly unchanged: number
  readonly ownersCreated: number
  /** How the keys of good rows are hashed, and how many of each. */
  readonly hashes: Readonly<Record<HashAlg, number>>
  /**
   * What tokens of the keys that were added look like, and what was said of them: such are looked up from then on, beside
   * keystile's own. With `dryRun`, what would be.
   */
  readonly forms: readonly TokenForm[]
  /** What was changed of rows: names that were cut, for example. */
  readonly notes: readonly RowNote[]
  /** Rows that can't be imported; what is wrong with many alike is one problem. */
  readonly bad: number
  /** Rows that can't be imported, and why, all of them. Where there is one, nothing is written. */
  readonly problems: readonly RowProblem[]
  /** What to do about problems that need more than another row. */
  readonly hints: readonly string[]
}
