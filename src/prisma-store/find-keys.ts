import type { FoundKey } from '../store.js'
import { maxCandidates } from '../token-form.js'
import type { Models, Row } from './client.js'
import { isDamagedRow } from './failures.js'
import { readRow, type Select } from './read-row.js'

/** A row as the store hands it on, and which of its fields could not be read. */
export type ToKey = (row: Row, unreadable: readonly string[]) => FoundKey

/** What a request needs, and no more: usage columns change all the time and no verdict depends on them. */
export const verdictFields = [
  'id',
  'userId',
  'name',
  'keyPrefix',
  'keyHash',
  'hashAlg',
  'scopes',
  'isActive',
  'expiresAt',
  'revokedAt',
  'metadata',
  'allowedIps',
  'rateLimit',
  'createdAt'
]

/** Keys by their hashes, in one query. One damaged row fails it for all: then the two halves are asked for, each alone. */
export async function findAll(
  models: Models,
  keyHashes: readonly string[],
  wanted: Select,
  toKey: ToKey
): Promise<Map<string, FoundKey>> {
  const found = new Map<string, FoundKey>()
  const add = (row: Row, unreadable: readonly string[] = []) => {
    const key = toKey(row, unreadable)
    found.set(key.keyHash, key)
  }
  if (keyHashes.length === 1) {
    const only = await readRow(models, { keyHash: keyHashes[0] }, wanted)
    if (only) add(only.row, only.unreadable)
    return found
  }
  try {
    for (const row of await models.apiKey.findMany({ where: { keyHash: { in: keyHashes } }, select: wanted })) add(row)
    return found
  } catch (error) {
    if (!isDamagedRow(error)) throw error
  }
  const middle = Math.ceil(keyHashes.length / 2)
  const halves = [keyHashes.slice(0, middle), keyHashes.slice(middle)]
  for (const half of halves) for (const entry of await findAll(models, half, wanted, toKey)) found.set(...entry)
  return found
}

/** Keys whose hash is a slow one, by what they show of their tokens; where one of them is damaged, each alone. */
export async function findSlow(
  models: Models,
  keyPrefixes: readonly string[],
  wanted: Select,
  toKey: ToKey
): Promise<FoundKey[]> {
  const where = { keyPrefix: { in: keyPrefixes }, hashAlg: 'bcrypt' }
  const most = maxCandidates * keyPrefixes.length
  const query = { where, take: most + 1 }
  try {
    const rows = await models.apiKey.findMany({ ...query, select: wanted })
    if (rows.length <= most) return rows.map((row) => toKey(row, []))
    // One has more than it may: it must not take the others' places.
    if (keyPrefixes.length === 1) return rows.slice(0, most).map((row) => toKey(row, []))
    const each = keyPrefixes.map((keyPrefix) => findSlow(models, [keyPrefix], wanted, toKey))
    return (await Promise.all(each)).flat()
  } catch (error) {
    if (!isDamagedRow(error)) throw error
  }
  const keys: FoundKey[] = []
  for (const { id } of await models.apiKey.findMany({ ...query, select: { id: true } })) {
    const found = await readRow(models, { id }, wanted)
    if (found) keys.push(toKey(found.row, found.unreadable))
  }
  return keys
}
