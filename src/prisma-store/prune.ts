import type { ChangedBy } from '../audit.js'
import type { Clock } from '../clock.js'
import type { Id } from '../events.js'
import type { InTransaction } from './attempt.js'
import type { Client, ClientShape } from './client.js'
import { readRecords } from './reads.js'
import { remove } from './remove.js'

/** Keys that are looked at together. */
const chunkSize = 500

/** Removes keys that ended before a time, some at once, in the order of their ids. */
export async function prune(
  client: Client,
  shape: ClientShape,
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
    const removal = { ids: ended.map(({ id }) => id), by, now: new Date(clock()), condition: over }
    removed += (await inTransaction((tx) => remove(tx, shape, removal))).length
  }
}

const isBefore = (time: Date | null, limit: Date) => time !== null && time.getTime() < limit.getTime()
