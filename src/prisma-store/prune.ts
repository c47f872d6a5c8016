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
  await tx.apiKey.updateMany({ where, data: { usageCount: { increment: 0 } } })
  const found = new Set((await tx.apiKey.findMany({ where, select: { id: true } })).map(({ id }) => id))
  const removed = keys.filter(({ id }) => found.has(id))
  await tx.apiKey.deleteMany({ where: { id: { in: [...found] } } })
  for (const { id, rotatedFromId } of removed) {
    if (rotatedFromId === null) continue
    await tx.apiKey.updateMany({ where: { rotatedFromId: id }, data: { rotatedFromId } })
  }
  const events = removed.map((apiKey) => ({ type: 'deleted', apiKey, changes: beginnings(apiKey) }) as const)
  await writeEvents(tx, events, by, now)
  return removed.length
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
