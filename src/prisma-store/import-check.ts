import type { RowProblem } from '../errors.js'
import type { ImportedKey, ImportPlan } from '../imported-key.js'
import type { ClientShape, Models } from './client.js'
import { keyIdFor } from './ids.js'
import { alikesOf, asPresent, mayBeReplaced, type Present, presentSelect, type State, twins } from './import-alike.js'
import { crowded } from './import-crowd.js'
import { checkOwners, type NewOwner } from './import-owners.js'
import { byIds, idKey, inChunks } from './import-reads.js'

export interface Examined {
  /** All whose owners are there or are to be made, without the ids that the model can't hold. */
  readonly keys: readonly ImportedKey[]
  /** Keys that are not there yet. */
  readonly fresh: readonly ImportedKey[]
  readonly unchanged: number
  readonly newOwners: readonly NewOwner[]
  readonly problems: readonly RowProblem[]
  /** Keys whose owner is not there, and is not to be made. */
  readonly orphans: number
}

const isNumber = (type: string) => type === 'Int' || type === 'BigInt'

/** Compares what is to be imported with what is there; nothing is written. */
export async function examine(models: Models, shape: ClientShape, plan: ImportPlan): Promise<Examined> {
  const owners = await checkOwners(models, shape, plan)
  const { keys, byId, repeated } = await withUsableIds(models, shape, owners.keys)
  const byHash = await presentByHash(models, keys)
  const sameAs = ({ id, keyHash }: ImportedKey) =>
    byHash.get(keyHash) ?? (id === undefined ? undefined : byId.get(idKey(id)))
  const stateOf = await alikesOf(
    models,
    keys.filter((key) => !sameAs(key))
  )
  const problems = [...owners.problems, ...repeated]
  const fresh: ImportedKey[] = []
  let unchanged = 0
  for (const key of keys) {
    const same = sameAs(key)
    const state = same ? compare(key, same) : stateOf(key)
    if (state === 'unchanged') unchanged++
    else if (state === 'fresh') fresh.push(key)
    else problems.push({ row: key.row, ...state })
  }
  problems.push(...twins(fresh), ...(await crowded(models, fresh)))
  return { keys, fresh, unchanged, newOwners: owners.newOwners, problems, orphans: owners.orphans }
}

/** Ids that the column can't hold, such as text where the model has numbers, are left out: those keys get one. */
async function withUsableIds(models: Models, shape: ClientShape, given: readonly ImportedKey[]) {
  const isKept = !isNumber(shape.idType('ApiKey', 'id'))
  const own = given.map((key) => ({
    ...key,
    id: isKept && key.id !== undefined ? (keyIdFor(shape, key.id) as string | undefined) : undefined
  }))
  const named = own.flatMap(({ id }) => (id === undefined ? [] : [id]))
  const { rows, wrong } = await byIds(models.apiKey, named, presentSelect)
  const keys = own.map((key) => (key.id !== undefined && wrong.has(key.id) ? { ...key, id: undefined } : key))
  const byId = new Map(asPresent(rows).map((key) => [idKey(key.id), key]))
  return { keys, byId, repeated: repeatedIds(given, keys) }
}

/** What is one id to the database, and was two in the rows: UUIDs in upper and in lower case. */
function repeatedIds(given: readonly ImportedKey[], keys: readonly ImportedKey[]): RowProblem[] {
  const seen = new Map<string, { readonly row: number; readonly written: string | undefined }>()
  return keys.flatMap(({ id, row }, index) => {
    if (id === undefined) return []
    const written = given[index]?.id
    const earlier = seen.get(id)
    if (!earlier) seen.set(id, { row, written })
    const isTold = earlier === undefined || earlier.written === written
    return isTold ? [] : [{ row, reason: `it has the same id as row ${earlier.row}` }]
  })
}

async function presentByHash(models: Models, keys: readonly ImportedKey[]): Promise<ReadonlyMap<string, Present>> {
  const hashes = [...new Set(keys.map(({ keyHash }) => keyHash))]
  const rows = await inChunks(hashes, (some) =>
    models.apiKey.findMany({ where: { keyHash: { in: some } }, select: presentSelect })
  )
  return new Map(asPresent(rows).map((key) => [key.keyHash, key]))
}

function compare(key: ImportedKey, present: Present): State {
  if (idKey(key.ownerId) !== idKey(present.userId))
    return { reason: 'it is there already, as the key of another owner' }
  if (key.keyHash === present.keyHash || mayBeReplaced(key, present)) return 'unchanged'
  return { reason: 'its id is that of another key, with another hash' }
}
