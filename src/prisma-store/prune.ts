import type { ApiKeyRecord } from '../api-key.js'
import { beginnings, type ChangedBy } from '../audit.js'
import type { Clock } from '../clock.js'
import type { Id } from '../events.js'
import type { InTransaction } from './attempt.js'
import type { Client, Models } from './client.js'
import { writeEvents } from './events.js'
import { readRecords } from './reads.js'

/** Keys that are looked at together. */
const chunkSize = 500

interface Removal {
  readonly keys: readonly ApiKeyRecord[]
  readonly by: ChangedBy
  readonly now: Date
  /** What has to hold of them still. */
  readonly condition?: object
}

/**
 * Removes keys, as far as a condition still holds of them. The successor of a removed key follows its predecessor from
 * then on: a revocation has to find the whole line.
 */
export async function remove(tx: Models, { keys, by, now, condition = {} }: Removal): Promise<number> {
  const where = { AND: [{ id: { in: keys.map(({ id }) => id) } }, condition] }
  // A write first: it takes the rows' locks, so that who is found next is removed by nobody else.
  const lock = { usageCount: { increment: 0 } }
  await tx.apiKey.updateMany({ where, data: lock })
  const rows = await readRecords(tx, { where }, () => now.getTime())
  const before = new Map(rows.map(({ id, rotatedFromId }) => [id, rotatedFromId]))
  // Their predecessors too: one that is being removed at this moment would leave a successor that leads nowhere.
  const others = [...before.values()].filter((id): id is Id => id !== null && !before.has(id))
  await tx.apiKey.updateMany({ where: { id: { in: others } }, data: lock })
  await tx.apiKey.deleteMany({ where: { id: { in: [...before.keys()] } } })
  for (const id of before.keys()) {
    const rotatedFromId = remainingBefore(id, before)
    if (rotatedFromId !== null) await tx.apiKey.updateMany({ where: { rotatedFromId: id }, data: { rotatedFromId } })
  }
  const removed = keys.filter(({ id }) => before.has(id))
  const events = removed.map((apiKey) => ({ type: 'deleted', apiKey, changes: beginnings(apiKey) }) as const)
  await writeEvents(tx, events, by, now)
  return removed.length
}

/** The nearest key before this one that is not removed with it. */
function remainingBefore(id: Id, removed: ReadonlyMap<Id, Id | null>): Id | null {
  let found = removed.get(id) ?? null
  // A line that leads round in a circle ends somewhere.
  for (let steps = 0; found !== null && removed.has(found) && steps < removed.size; steps++)
    found = removed.get(found) ?? null
  return found !== null && removed.has(found) ? null : found
}

/** Removes keys that ended before a time, some at once, in the order of their ids. */
export async function prune(
  client: Client,
  inTransaction: InTransaction,
  before: Date,
  by: ChangedBy,
  clock: Clock
): Promise<number> {
  const over = { OR: [{ expiresAt: { lt: before } }, { revokedAt: { lt: before } }] }
  let removed = 0
  let behind: Id | undefined
  for (;;) {
    const where = behind === undefined ? over : { AND: [over, { id: { gt: behind } }] }
    const records = await readRecords(client, { where, orderBy: { id: 'asc' }, take: chunkSize }, clock)
    const last = records.at(-1)
    if (!last) return removed
    behind = last.id
    // SQLite compares times as text; rows that others wrote in another form are compared again as times.
    const ended = records.filter(
      ({ expiresAt, revokedAt }) => isBefore(expiresAt, before) || isBefore(revokedAt, before)
    )
    if (ended.length === 0) continue
    const removal = { keys: ended, by, now: new Date(clock()), condition: over }
    removed += await inTransaction((tx) => remove(tx, removal))
  }
}

const isBefore = (time: Date | null, limit: Date) => time !== null && time.getTime() < limit.getTime()
