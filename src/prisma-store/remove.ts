import type { ApiKeyRecord } from '../api-key.js'
import { beginnings, type ChangedBy } from '../audit.js'
import type { Id } from '../events.js'
import type { ClientShape, Models } from './client.js'
import { writeEvents } from './events.js'
import { oneAtATime } from './one-at-a-time.js'
import { readRecords } from './reads.js'

interface Removal {
  readonly ids: readonly Id[]
  readonly by: ChangedBy
  readonly now: Date
  /** What has to hold of them still. */
  readonly condition?: object
}

/**
 * Removes keys, as far as a condition still holds of them, and returns what they were. The successor of a removed key
 * follows its predecessor from then on: a revocation has to find the whole line.
 */
export async function remove(
  tx: Models,
  shape: ClientShape,
  { ids, by, now, condition = {} }: Removal
): Promise<readonly ApiKeyRecord[]> {
  // Two that remove neighbours in a line would leave a link that leads nowhere, or wait for each other.
  await oneAtATime(tx, shape.provider, 'removals')
  await lock(tx, shape, ids)
  const where = { AND: [{ id: { in: ids } }, condition] }
  const removed = await readRecords(tx, { where }, () => now.getTime())
  await tx.apiKey.deleteMany({ where: { id: { in: removed.map(({ id }) => id) } } })
  await closeGaps(tx, new Map(removed.map(({ id, rotatedFromId }) => [id, rotatedFromId])))
  const events = removed.map((apiKey) => ({ type: 'deleted', apiKey, changes: beginnings(apiKey) }) as const)
  await writeEvents(tx, events, by, now)
  return removed
}

/** Until the transaction ends nobody else changes these keys; they are not changed by it. */
async function lock(tx: Models, { provider, table, column }: ClientShape, ids: readonly Id[]): Promise<void> {
  const keys = table('ApiKey')
  // SQLite locks the whole database as soon as a statement writes, be it nothing.
  if (provider === 'sqlite') await tx.$queryRawUnsafe(`DELETE FROM ${keys} WHERE 0`)
  else await tx.$queryRawUnsafe(`SELECT 1 FROM ${keys} WHERE ${column('ApiKey', 'id')} = ANY($1) FOR UPDATE`, ids)
}

/** @param removed what was removed, each with the key that it had replaced */
async function closeGaps(tx: Models, removed: ReadonlyMap<Id, Id | null>): Promise<void> {
  const before = [...removed.values()].filter((id) => id !== null && !removed.has(id))
  if (before.length === 0) return
  const select = { id: true, rotatedFromId: true, updatedAt: true }
  const present = await tx.apiKey.findMany({ where: { id: { in: before } }, select: { id: true } })
  const remaining = new Set(present.map(({ id }) => id))
  const successors = await tx.apiKey.findMany({ where: { rotatedFromId: { in: [...removed.keys()] } }, select })
  for (const { id, rotatedFromId: gap, updatedAt } of successors) {
    const rotatedFromId = remainingBefore(gap as Id, removed)
    // updatedAt as it was: to its owner the key has not changed.
    const data = { rotatedFromId, updatedAt }
    if (remaining.has(rotatedFromId)) await tx.apiKey.updateMany({ where: { id }, data })
  }
}

/** The nearest key before this one that is not removed with it. */
function remainingBefore(id: Id, removed: ReadonlyMap<Id, Id | null>): Id | null {
  let found = removed.get(id) ?? null
  // A line that leads round in a circle ends somewhere.
  for (let steps = 0; found !== null && removed.has(found) && steps < removed.size; steps++)
    found = removed.get(found) ?? null
  return found !== null && removed.has(found) ? null : found
}
