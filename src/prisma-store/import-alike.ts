import { type RowProblem, showId } from '../errors.js'
import type { Id } from '../events.js'
import type { ImportedKey } from '../imported-key.js'
import type { Models, Row } from './client.js'
import { idKey, inChunks } from './import-reads.js'

/** What is there of a key already. */
export interface Present {
  readonly id: Id
  readonly userId: Id
  readonly keyHash: string
  readonly keyPrefix: string
  readonly hashAlg: string | null
  readonly createdAt: Date
}

export const presentSelect = {
  id: true,
  userId: true,
  keyHash: true,
  keyPrefix: true,
  hashAlg: true,
  createdAt: true
}

export const asPresent = (rows: readonly Row[]) => rows as unknown as readonly Present[]

export type State = 'fresh' | 'unchanged' | { readonly reason: string }

type Told = Pick<Present, 'keyPrefix' | 'hashAlg'>

/** What a row shows of its token, which another row may show more of. */
export const shownOf = ({ keyPrefix }: Pick<Present, 'keyPrefix'>): string => keyPrefix.replace(/\.\.\.$/, '')

/** A use may have put another hash of the same token there: a fast one for a slow one, or one with a newer secret. */
export function mayBeReplaced(key: Told, present: Told): boolean {
  const [one, other] = [shownOf(key), shownOf(present)]
  if (!one.startsWith(other) && !other.startsWith(one)) return false
  return key.hashAlg === 'hmac' || key.hashAlg !== present.hashAlg
}

/**
 * Tells of keys whose hash and id are not there whether they may be there all the same, under a newer hash and without
 * that id: such a key must not come back as a second one, since it may have been revoked.
 */
export async function alikesOf(models: Models, keys: readonly ImportedKey[]): Promise<(key: ImportedKey) => State> {
  const owners = [...new Map(keys.map(({ ownerId }) => [idKey(ownerId), ownerId])).values()]
  const rows = await inChunks(owners, (some) =>
    models.apiKey.findMany({ where: { userId: { in: some } }, select: presentSelect })
  )
  const index = indexOf(asPresent(rows))
  // Thousands of keys may show the same.
  const alike = new Map<string, readonly Present[]>()
  for (const key of keys) {
    const kind = kindOf(key)
    if (!alike.has(kind)) alike.set(kind, candidatesOf(key, index))
  }
  const importedAt = await importTimes(models, [...alike.values()].flat())
  return (key) => stateOf(key, alike.get(kindOf(key)) ?? [], importedAt)
}

/** By owner and what they show, to be found by what is the same, more, or less. */
interface Index {
  readonly exact: ReadonlyMap<string, readonly Present[]>
  readonly longer: ReadonlyMap<string, readonly Present[]>
}

const placeIn = (owner: Id, shown: string) => `${idKey(owner)} ${shown}`
const kindOf = (key: ImportedKey) => `${key.hashAlg} ${placeIn(key.ownerId, key.keyPrefix)}`

function add(map: Map<string, Present[]>, place: string, present: Present): void {
  const others = map.get(place)
  if (others) others.push(present)
  else map.set(place, [present])
}

function indexOf(all: readonly Present[]): Index {
  const exact = new Map<string, Present[]>()
  const longer = new Map<string, Present[]>()
  for (const present of all) {
    const shown = shownOf(present)
    add(exact, placeIn(present.userId, shown), present)
    for (let length = 0; length < shown.length; length++)
      add(longer, placeIn(present.userId, shown.slice(0, length)), present)
  }
  return { exact, longer }
}

function candidatesOf(key: ImportedKey, { exact, longer }: Index): readonly Present[] {
  const shown = shownOf(key)
  const starts = Array.from({ length: shown.length + 1 }, (_, length) => placeIn(key.ownerId, shown.slice(0, length)))
  const found = [longer.get(placeIn(key.ownerId, shown)) ?? [], ...starts.map((start) => exact.get(start) ?? [])]
  return found.flat().filter((present) => mayBeReplaced(key, present))
}

/** When keys were imported, of those of which the trail tells. */
async function importTimes(models: Models, keys: readonly Present[]): Promise<ReadonlyMap<unknown, number>> {
  const ids = [...new Set(keys.map(({ id }) => String(id)))]
  const rows = await inChunks(ids, (some) =>
    models.apiKeyEvent.findMany({
      where: { apiKeyId: { in: some }, type: 'imported' },
      select: { apiKeyId: true, createdAt: true }
    })
  )
  return new Map(rows.map((row) => [row['apiKeyId'], (row['createdAt'] as Date).getTime()]))
}

function stateOf(key: ImportedKey, candidates: readonly Present[], importedAt: ReadonlyMap<unknown, number>): State {
  if (candidates.length === 0) return 'fresh'
  if (key.createdAt === null)
    return { reason: 'it may be there already, under a newer hash: whether it is, only its id or created_at tells' }
  const createdAt = key.createdAt.getTime()
  if (candidates.some((present) => present.createdAt.getTime() === createdAt)) return 'unchanged'
  // One that came without created_at has the time of its import, and no key is younger than that.
  const doubtful = candidates.find((present) => {
    const [made, imported] = [present.createdAt.getTime(), importedAt.get(String(present.id))]
    return made > createdAt && (imported === undefined || imported === made)
  })
  if (!doubtful) return 'fresh'
  return {
    reason: `it may be the key with the id ${showId(doubtful.id)}, under an older hash: if it is, give it that id; if not, key_prefix has to show more of the token`
  }
}

/** So many characters of a secret that are the same are no accident. */
const tellingLength = 6

/** Rows of one token with two kinds of hashes would be two keys, of which only one is revoked. */
export function twins(fresh: readonly ImportedKey[]): RowProblem[] {
  const seen = new Map<string, ImportedKey[]>()
  return fresh.flatMap((key) => {
    const shown = shownOf(key)
    if (shown.length - key.form.prefix.length < tellingLength) return []
    const place = placeIn(key.ownerId, shown)
    const others = seen.get(place) ?? []
    seen.set(place, [...others, key])
    const twin = others.find((other) => other.hashAlg !== key.hashAlg && !areOfTwoTimes(key, other))
    return twin
      ? [{ row: key.row, reason: `it may be the key of row ${twin.row}, with another hash: give it once` }]
      : []
  })
}

const areOfTwoTimes = (one: ImportedKey, other: ImportedKey) =>
  one.createdAt !== null && other.createdAt !== null && one.createdAt.getTime() !== other.createdAt.getTime()
