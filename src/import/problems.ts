import type { RowProblem } from '../errors.js'
import { placeOf, type SourceRow } from './source-row.js'

/** What is wrong, in the order of the rows. What is wrong with many rows alike is told once. */
export class Problems {
  readonly #own: RowProblem[] = []
  readonly #common = new Map<string, { readonly first: SourceRow; count: number }>()
  readonly #bad = new Set<number>()

  /** Something about this row alone. */
  add(source: SourceRow, reason: string): void {
    this.#bad.add(source.row)
    this.#own.push(problemOf(source, reason))
  }

  /** Something that other rows most likely have too, such as a column that is not known. */
  addCommon(source: SourceRow, reason: string): void {
    this.#bad.add(source.row)
    const known = this.#common.get(reason)
    if (known) known.count++
    else this.#common.set(reason, { first: source, count: 1 })
  }

  /** The rows that have any, those too whose problem is told with another's. */
  get rows(): ReadonlySet<number> {
    return this.#bad
  }

  get all(): readonly RowProblem[] {
    const common = [...this.#common].map(([reason, { first, count }]) =>
      problemOf(first, count === 1 ? reason : `${reason} (so in ${count} rows)`)
    )
    return [...this.#own, ...common].sort((one, other) => one.row - other.row)
  }
}

const problemOf = (source: SourceRow, reason: string): RowProblem => ({ ...placeOf(source), reason })
