import { FeedError } from './failure.js'
import type { Trigger } from './triggers.js'

/** A trigger as the database has it. */
export interface FoundTrigger {
  readonly name: string
  readonly table: string
  readonly enabled: boolean
  /** Whether it is as it was made, apart from the columns. */
  readonly same: boolean
  /** Columns whose updates fire it; undefined where all do. */
  readonly columns: readonly string[] | undefined
}

function faultOf(wanted: Trigger, found: FoundTrigger | undefined): string | undefined {
  if (!found) return 'is missing'
  if (!found.enabled) return 'is disabled'
  if (!found.same) return 'is not as keystile makes it'
  const unwatched = wanted.columns.filter((column) => found.columns && !found.columns.includes(column))
  return unwatched.length > 0 ? `does not watch ${unwatched.join(', ')}` : undefined
}

/** What is wrong with the triggers, in words; empty where nothing is. */
export function triggerFaults<T extends Trigger>(
  wanted: readonly T[],
  find: (trigger: T) => FoundTrigger | undefined
): string[] {
  return wanted.flatMap((trigger) => {
    const fault = faultOf(trigger, find(trigger))
    return fault === undefined ? [] : [`${trigger.name} on ${trigger.table} ${fault}`]
  })
}

/** @throws FeedError `triggers_missing` that names what is wrong */
export function requireNone(faults: readonly string[], howToMend = 'Run: npx keystile migrate'): void {
  if (faults.length === 0) return
  throw new FeedError('triggers_missing', `The database does not tell of changes: ${faults.join('; ')}. ${howToMend}`)
}
