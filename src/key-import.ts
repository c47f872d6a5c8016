import type { KeyObject } from 'node:crypto'
import type { Changes } from './changes.js'
import type { Clock } from './clock.js'
import { ApiKeyError, describe, invalidArgument } from './errors.js'
import { publish } from './events.js'
import type { HashPolicy } from './hash.js'
import { type ImportOptions, parseImportOptions } from './import/options.js'
import { parseRows } from './import/parse-rows.js'
import type { ImportReport } from './import/report.js'
import { placeOf, type SourceRow, sourceRows } from './import/source-row.js'
import type { ImportedKey, ImportOutcome } from './imported-key.js'
import { type ChangeContext, parseContext } from './key-input.js'
import type { Store } from './store.js'

export interface KeyImportParts {
  readonly store: () => Promise<Store>
  /** For what writes nothing. */
  readonly view: StoreView
  readonly changes: Changes
  readonly clock: Clock
  /** Which hashes are good here. */
  readonly policy: HashPolicy
  readonly storesIps: boolean
}

type StoreView = <T>(work: (store: Store) => Promise<T>) => Promise<T>

const shownProblems = 3

/** Brings in keys that were made elsewhere, by their hashes. */
export class KeyImport {
  readonly #parts: KeyImportParts

  constructor(parts: KeyImportParts) {
    this.#parts = parts
  }

  /** The same as `run`, but bad rows are a rejection where they kept something from being written. */
  async import(rows: readonly object[], options?: ImportOptions, context?: ChangeContext): Promise<ImportReport> {
    if (!Array.isArray(rows)) throw invalidArgument('rows', `import() takes an array of rows, not ${describe(rows)}.`)
    const report = await this.run(sourceRows(rows), options, context)
    if (report.dryRun || report.problems.length === 0) return report
    throw new ApiKeyError('invalid_argument', messageOf(report), { field: 'rows', problems: report.problems })
  }

  /**
   * Imports all of these rows or, where one is bad, none; the report says what came of it.
   * @param secrets of HMACs, which the app will have beside those of this instance
   */
  async run(
    rows: readonly SourceRow[],
    options?: ImportOptions,
    context?: ChangeContext,
    secrets: readonly KeyObject[] = []
  ): Promise<ImportReport> {
    const { dryRun, createOwners, ...rules } = parseImportOptions(options)
    const { storesIps, clock } = this.#parts
    const policy = { ...this.#parts.policy, secrets: [...this.#parts.policy.secrets, ...secrets] }
    const by = parseContext('import', context, storesIps)
    const now = new Date(clock())
    const { keys, forms, notes, problems, badRows } = parseRows(rows, { ...rules, now, storesIps, policy })
    // Where rows are bad already, the others are looked at all the same: everything is told at once.
    const isLook = dryRun || problems.length > 0
    const plan = { keys, forms, createOwners, dryRun: isLook, now }
    const work = (store: Store) => store.importKeys(plan, by)
    const outcome = isLook ? await this.#parts.view(work) : await this.#written(await this.#parts.store(), work)
    const lines = new Map(rows.map(({ row, line }) => [row, line]))
    const found = outcome.problems.map((problem) => ({
      ...problem,
      ...placeOf({ row: problem.row, line: lines.get(problem.row) })
    }))
    const all = [...problems, ...found].sort((one, other) => one.row - other.row)
    return {
      dryRun,
      read: rows.length,
      imported: all.length > 0 ? 0 : outcome.imported,
      unchanged: outcome.unchanged,
      ownersCreated: all.length > 0 ? 0 : outcome.ownersCreated,
      hashes: hashesOf(keys),
      forms: outcome.forms,
      notes,
      bad: new Set([...badRows, ...found.map(({ row }) => row)]).size,
      problems: all,
      hints: outcome.hints
    }
  }

  /** What was added is told to requests under way: a hash that no key had may be one of these. */
  async #written(store: Store, work: (store: Store) => Promise<ImportOutcome>): Promise<ImportOutcome> {
    const { changes } = this.#parts
    try {
      const outcome = await work(store)
      const { ids, ownersCreated, hasNewForms } = outcome
      for (const id of ids) changes.added(id)
      // No key was added that would tell of them.
      if (ids.length === 0 && hasNewForms) changes.touchAll()
      if (ids.length > 0) publish('keystile:imported', () => ({ imported: ids.length, ownersCreated }))
      return outcome
    } catch (error) {
      changes.touchAll()
      throw error
    }
  }
}

function hashesOf(keys: readonly ImportedKey[]): ImportReport['hashes'] {
  const counts = { sha256: 0, sha512: 0, hmac: 0, bcrypt: 0 }
  for (const { hashAlg } of keys) counts[hashAlg ?? 'sha256']++
  return counts
}

function messageOf({ problems, bad, read, hints }: ImportReport): string {
  const first = problems.slice(0, shownProblems).map(({ row, reason }) => `row ${row}: ${reason}`)
  const more = problems.length > shownProblems ? '; and more, all in problems' : ''
  const told = `${first.join('; ')}${more}`.replace(/[^.?!]$/, '$&.')
  return [`${bad} of ${read} rows can't be imported, so nothing was.`, told, ...hints].join(' ')
}
