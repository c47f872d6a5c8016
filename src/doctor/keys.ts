import type { Duration } from '../duration.js'
import type { KeyKind, KeySurvey } from '../store.js'
import { type Finding, ok, skipped, warn, within } from './check.js'
import type { OpenDatabase, Patient } from './patient.js'

/** How many keys of a kind are named. */
const examples = 5
const countMs = 60_000

/** What `prune` removes when nothing else is said. */
const endedFor: Duration = '30d'
const dayMs = 86_400_000

export interface KeyCheck {
  readonly kind: KeyKind
  /** What follows "1 key", and what follows "3 keys". */
  readonly one: string
  readonly many: string
  /** What is said where there are none. */
  readonly none: string
  readonly remedy: string
}

export const keyChecks: readonly KeyCheck[] = [
  {
    kind: 'without_expiry',
    one: 'never expires',
    many: 'never expire',
    none: 'Every key in use expires.',
    remedy: 'Give them an end: npx keystile update <id> --expires 90d, or rotate them.'
  },
  {
    kind: 'unused',
    one: 'was not used for long',
    many: 'were not used for long',
    none: 'Every key was used of late.',
    remedy: 'Revoke those that nobody needs: npx keystile revoke <id>'
  },
  {
    kind: 'all_scopes',
    one: 'has the scope *, which is everything',
    many: 'have the scope *, which is everything',
    none: 'No key has the scope *.',
    remedy: 'Name what they need: npx keystile update <id> --scopes "reports:read"'
  },
  {
    kind: 'inactive_owner',
    one: 'belongs to an inactive owner, and is refused',
    many: 'belong to inactive owners, and are refused',
    none: 'No key in force belongs to an inactive owner.',
    remedy: 'Where the owner will not be back: npx keystile revoke --owner <id>'
  },
  {
    kind: 'ended',
    one: `ended more than ${endedFor} ago`,
    many: `ended more than ${endedFor} ago`,
    none: 'No key ended long ago.',
    remedy: 'Remove them: npx keystile prune'
  }
]

/** Counts keys of a kind; the time is that of the kind. */
export async function surveyOf(
  { store }: OpenDatabase,
  kind: KeyKind,
  before: Date,
  now: Date
): Promise<KeySurvey | undefined> {
  return within(countMs, () => store.survey({ kind, before, now, examples }))
}

/** The keys that are named, with ids as text: JSON has no big ones. */
export const namedIn = ({ examples }: KeySurvey) =>
  examples.map(({ id, name, ownerId }) => ({ id: String(id), name, ownerId: String(ownerId) }))

export async function checkKeys(
  { kind, one, many, none, remedy }: KeyCheck,
  { unusedMs }: Patient,
  database: OpenDatabase
): Promise<Finding> {
  const now = new Date()
  const agoMs = kind === 'unused' ? unusedMs : 30 * dayMs
  const found = await surveyOf(database, kind, new Date(now.getTime() - agoMs), now)
  if (!found) return skipped("The owners' model has no isActive.")
  if (found.count === 0) return ok(none, { count: 0, examples: [] })
  const said = found.count === 1 ? `1 key ${one}` : `${found.count} keys ${many}`
  return warn(`${said}.`, remedy, { count: found.count, examples: namedIn(found) })
}
