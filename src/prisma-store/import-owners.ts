import type { RowProblem } from '../errors.js'
import { ApiKeyError, showId } from '../errors.js'
import type { Id } from '../events.js'
import type { ImportedKey, ImportPlan } from '../imported-key.js'
import type { ClientShape, Models, Row } from './client.js'
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
}

const withoutOwner = ({ row, ownerId }: ImportedKey): RowProblem => ({
  row,
  reason: `there is no owner with the id ${showId(ownerId)}`
})

/** Finds out whose keys these are. */
export async function checkOwners(models: Models, shape: ClientShape, plan: ImportPlan): Promise<CheckedOwners> {
  const problems: RowProblem[] = []
  const keys = plan.keys.flatMap((key) => {
    try {
      const ownerId = ownerIdFor(shape, key.ownerId)
      if (ownerId !== undefined) return [{ ...key, ownerId }]
      problems.push(withoutOwner(key))
      return []
    } catch (error) {
      if (!(error instanceof ApiKeyError)) throw error
      problems.push({ row: key.row, reason: error.message.replace(/\.$/, '') })
      return []
    }
  })
  // Whoever a key names is its owner.
  if (!shape.names.hasOwner) return { keys, newOwners: [], problems }
  const ids = [...new Map(keys.map(({ ownerId }) => [idKey(ownerId), ownerId])).values()]
  const { rows } = await byIds(models.user, ids, { id: true })
  const known = new Set(rows.map(({ id }) => idKey(id as Id)))
  const orphans = keys.filter(({ ownerId }) => !known.has(idKey(ownerId)))
  const owned = keys.filter(({ ownerId }) => known.has(idKey(ownerId)))
  if (!plan.createOwners) {
    return { keys: owned, newOwners: [], problems: [...problems, ...orphans.map(withoutOwner)] }
  }
  const made = await ownersOf(models, orphans)
  return { keys: [...owned, ...made.keys], newOwners: made.newOwners, problems: [...problems, ...made.problems] }
}

/** The owners that keys lack, as far as their emails are nobody else's. */
async function ownersOf(models: Models, orphans: readonly ImportedKey[]): Promise<CheckedOwners> {
  const problems: RowProblem[] = []
  const owners = new Map<string, NewOwner & { readonly isGiven: boolean }>()
  for (const { row, ownerId, ownerEmail, ownerName } of orphans) {
    const id = String(ownerId)
    const owner = owners.get(id)
    if (owner?.isGiven && ownerEmail !== null && ownerEmail !== owner.email)
      problems.push({ row, reason: `its owner has another email in row ${owner.row}` })
    if (owner && (owner.isGiven || ownerEmail === null)) continue
    const email = ownerEmail ?? `${encodeURIComponent(id)}@imported.invalid`
    owners.set(id, { id, email, name: ownerName, row: owner?.row ?? row, isGiven: ownerEmail !== null })
  }
  const taken = new Set<string>()
  const rows = await inChunks([...owners.values()], (some) =>
    models.user.findMany({ where: { email: { in: some.map(({ email }) => email) } }, select: { email: true } })
  )
  for (const { email } of rows as readonly Row[]) taken.add(String(email))
  for (const { email, row } of owners.values()) {
    if (taken.has(email)) problems.push({ row, reason: 'the email of its owner is that of another owner' })
    taken.add(email)
  }
  const newOwners = [...owners.values()].map(({ isGiven, ...owner }) => owner)
  return { keys: orphans, newOwners, problems }
}
