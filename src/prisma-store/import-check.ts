import type { RowProblem } from '../errors.js'
import type { Id } from '../events.js'
import type { ImportedKey, ImportPlan } from '../imported-key.js'
import { maxCandidates } from '../token-form.js'
import type { ClientShape, Models, Row } from './client.js'
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
}

/** What is there of a key already. */
interface Present {
  readonly id: Id
  readonly userId: Id
  readonly keyHash: string
  readonly keyPrefix: string
  readonly hashAlg: string | null
  readonly createdAt: Date
}

const select = { id: true, userId: true, keyHash: true, keyPrefix: true, hashAlg: true, createdAt: true }
const isNumber = (type: string) => type === 'Int' || type === 'BigInt'

/** Compares what is to be imported with what is there; nothing is written. */
export async function examine(models: Models, shape: ClientShape, plan: ImportPlan): Promise<Examined> {
  const owners = await checkOwners(models, shape, plan)
  const { keys, byId } = await withUsableIds(models, shape, owners.keys)
  const byHash = await presentBy(models, keys, 'keyHash')
  const alike = await presentBy(models, keys.filter(isToldByPrefix), 'keyPrefix')
  const problems = [...owners.problems]
  const fresh: ImportedKey[] = []
  let unchanged = 0
  for (const key of keys) {
    const same = byHash.get(key.keyHash)?.[0] ?? (key.id === undefined ? undefined : byId.get(idKey(key.id)))
    const state = same ? compare(key, same) : compareWithAlike(key, alike.get(key.keyPrefix) ?? [])
    if (state === 'unchanged') unchanged++
    else if (state === 'fresh') fresh.push(key)
    else problems.push({ row: key.row, ...state })
  }
  problems.push(...crowded(fresh, alike))
  return { keys, fresh, unchanged, newOwners: owners.newOwners, problems }
}

/** Ids that the column can't hold, such as text where the model has numbers, are left out: those keys get one. */
async function withUsableIds(models: Models, shape: ClientShape, given: readonly ImportedKey[]) {
  const named = isNumber(shape.idType('ApiKey', 'id')) ? [] : given.flatMap(({ id }) => (id === undefined ? [] : [id]))
  const { rows, wrong } = await byIds(models.apiKey, named, select)
  const usable = new Set(named.filter((id) => !wrong.has(id)))
  const keys = given.map((key) => (key.id !== undefined && usable.has(key.id) ? key : { ...key, id: undefined }))
  return { keys, byId: new Map(asPresent(rows).map((key) => [idKey(key.id), key])) }
}

/** Of these, what a row shows of its token counts: a slow hash is found by it, and a key without an id told by it. */
const isToldByPrefix = ({ id, hashAlg }: ImportedKey) => id === undefined || hashAlg === 'bcrypt'

const asPresent = (rows: readonly Row[]) => rows as unknown as readonly Present[]

async function presentBy(
  models: Models,
  keys: readonly ImportedKey[],
  field: 'keyHash' | 'keyPrefix'
): Promise<ReadonlyMap<string, readonly Present[]>> {
  const values = [...new Set(keys.map((key) => key[field]))]
  const rows = await inChunks(values, (some) => models.apiKey.findMany({ where: { [field]: { in: some } }, select }))
  const found = new Map<string, Present[]>()
  for (const key of asPresent(rows)) {
    const others = found.get(key[field])
    if (others) others.push(key)
    else found.set(key[field], [key])
  }
  return found
}

type State = 'fresh' | 'unchanged' | { readonly reason: string }

const hasSameOwner = (key: ImportedKey, present: Present) => idKey(key.ownerId) === idKey(present.userId)

/** A use may have put another hash of the same token there: a fast one for a slow one, or one with a newer secret. */
const mayBeReplaced = (key: ImportedKey, present: Present) =>
  key.keyPrefix === present.keyPrefix && (key.hashAlg === 'hmac' || key.hashAlg !== present.hashAlg)

function compare(key: ImportedKey, present: Present): State {
  if (!hasSameOwner(key, present)) return { reason: 'it is there already, as the key of another owner' }
  if (key.keyHash === present.keyHash || mayBeReplaced(key, present)) return 'unchanged'
  return { reason: 'its id is that of another key, with another hash' }
}

/** Where no id tells, a key whose hash was replaced must not come back as a second one: it may have been revoked since. */
function compareWithAlike(key: ImportedKey, alike: readonly Present[]): State {
  if (key.id !== undefined) return 'fresh'
  const candidates = alike.filter((present) => hasSameOwner(key, present) && mayBeReplaced(key, present))
  if (candidates.length === 0) return 'fresh'
  if (key.createdAt === null)
    return { reason: 'it may be there already, under a newer hash: whether it is, only an id or created_at tells' }
  const at = key.createdAt.getTime()
  return candidates.some(({ createdAt }) => createdAt.getTime() === at) ? 'unchanged' : 'fresh'
}

/** More keys with slow hashes that show the same beginning than would be compared with a token. */
function crowded(fresh: readonly ImportedKey[], present: ReadonlyMap<string, readonly Present[]>): RowProblem[] {
  const slow = fresh.filter(({ hashAlg }) => hashAlg === 'bcrypt')
  const counts = new Map<string, number>()
  for (const { keyPrefix } of slow) {
    const there = present.get(keyPrefix)?.filter(({ hashAlg }) => hashAlg === 'bcrypt').length ?? 0
    counts.set(keyPrefix, (counts.get(keyPrefix) ?? there) + 1)
  }
  const reasonFor = (count: number) =>
    `${count} keys with bcrypt hashes show the same beginning, and at most ${maxCandidates} are compared with one token: their key_prefix has to show more`
  return slow.flatMap(({ row, keyPrefix }) => {
    const count = counts.get(keyPrefix) ?? 0
    return count > maxCandidates ? [{ row, reason: reasonFor(count) }] : []
  })
}
