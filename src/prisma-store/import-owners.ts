import type { RowProblem } from '../errors.js'
import { ApiKeyError, showId } from '../errors.js'
import type { Id } from '../events.js'
import type { ImportedKey, ImportPlan } from '../imported-key.js'
import type { ClientShape, Models } from './client.js'
import { ownerIdFor } from './ids.js'
import { byIds, idKey, inChunks } from './import-reads.js'

/** An owner that an import makes. */
export interface NewOwner {
  readonly id: string
  readonly email: string
  readonly name: string | null
  /** The first of its rows. */
  readonly row: number
}

export interface CheckedOwners {
  /** The keys whose owner is there, or is to be made, with its id as the model has it. */
  readonly keys: readonly ImportedKey[]
  readonly newOwners: readonly NewOwner[]
  readonly problems: readonly RowProblem[]
  /** Keys whose owner is not there, and is not to be made. */
  readonly orphans: number
}

/** What an owner gets whose email no row says. */
const madeUp = '@imported.invalid'

const withoutOwner = ({ row, ownerId }: ImportedKey): RowProblem => ({
  row,
  reason: `there is no owner with the id ${showId(ownerId)}`
})

/** Finds out whose keys these are. */
export async function checkOwners(models: Models, shape: ClientShape, plan: ImportPlan): Promise<CheckedOwners> {
  const { keys, problems, strangers } = withOwnerIds(shape, plan.keys)
  // Whoever a key names is its owner.
  if (!shape.names.hasOwner) return { keys, newOwners: [], problems, orphans: strangers }
  const ids = [...new Map(keys.map(({ ownerId }) => [idKey(ownerId), ownerId])).values()]
  const { rows } = await byIds(models.user, ids, { id: true, ...(shape.hasEmail && { email: true }) })
  const emails = new Map(rows.map(({ id, email }) => [idKey(id as Id), email]))
  const owned: ImportedKey[] = []
  const orphans: ImportedKey[] = []
  for (const key of keys) {
    if (!emails.has(idKey(key.ownerId))) orphans.push(key)
    else if (isOf(key, emails.get(idKey(key.ownerId)))) owned.push(key)
    else
      problems.push({ row: key.row, reason: `its email is not that of the owner with the id ${showId(key.ownerId)}` })
  }
  if (!plan.createOwners) {
    const all = [...problems, ...orphans.map(withoutOwner)]
    return { keys: owned, newOwners: [], problems: all, orphans: strangers + orphans.length }
  }
  const made = await ownersOf(models, orphans)
  const all = [...problems, ...made.problems]
  return { keys: [...owned, ...orphans], newOwners: made.newOwners, problems: all, orphans: strangers }
}

/** Ids as the model has them: SQLite prints numbers where another database has text. */
function withOwnerIds(shape: ClientShape, given: readonly ImportedKey[]) {
  const problems: RowProblem[] = []
  let strangers = 0
  const isText = shape.idType('ApiKey', 'userId') === 'String'
  const keys = given.flatMap((key) => {
    try {
      const ownerId = ownerIdFor(shape, isText ? String(key.ownerId) : key.ownerId)
      if (ownerId !== undefined) return [{ ...key, ownerId }]
      problems.push(withoutOwner(key))
      strangers++
    } catch (error) {
      if (!(error instanceof ApiKeyError)) throw error
      problems.push({ row: key.row, reason: error.message.replace(/\.$/, '') })
    }
    return []
  })
  return { keys, problems, strangers }
}

const isSameEmail = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()

/** A row that names somebody else's email has a wrong id or a wrong email, and which, nobody can tell. */
function isOf({ ownerEmail }: ImportedKey, email: unknown): boolean {
  if (ownerEmail === null || typeof email !== 'string' || email.endsWith(madeUp)) return true
  return isSameEmail(ownerEmail, email)
}

/** The owners that keys lack, as far as their emails are nobody else's. */
async function ownersOf(models: Models, orphans: readonly ImportedKey[]) {
  const problems: RowProblem[] = []
  const owners = new Map<string, NewOwner & { readonly isGiven: boolean }>()
  for (const { row, ownerId, ownerEmail, ownerName } of orphans) {
    const id = String(ownerId)
    const owner = owners.get(id)
    if (owner?.isGiven && ownerEmail !== null && !isSameEmail(ownerEmail, owner.email))
      problems.push({ row, reason: `its owner has another email in row ${owner.row}` })
    if (owner && (owner.isGiven || ownerEmail === null)) continue
    const email = ownerEmail ?? `${encodeURIComponent(id)}${madeUp}`
    owners.set(id, { id, email, name: ownerName, row: owner?.row ?? row, isGiven: ownerEmail !== null })
  }
  const rows = await inChunks([...owners.values()], (some) =>
    models.user.findMany({
      where: { email: { in: some.map(({ email }) => email) } },
      select: { id: true, email: true }
    })
  )
  const taken = new Map(rows.map(({ id, email }) => [String(email), showId(id)]))
  for (const { id, email, row } of owners.values()) {
    const other = taken.get(email)
    if (other === undefined) taken.set(email, `${showId(id)} (row ${row})`)
    else problems.push({ row, reason: reasonOfTaken(other) })
  }
  const newOwners = [...owners.values()].map(({ isGiven, ...owner }) => owner)
  return { newOwners, problems }
}

const reasonOfTaken = (id: string) =>
  `the email of its owner is that of the owner with the id ${id}: if they are one, that id belongs into user_id`
