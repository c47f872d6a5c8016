import type { ApiKeyRecord } from '../api-key.js'
import type { Clock } from '../clock.js'
import type { Id } from '../events.js'
import type { InTransaction } from './attempt.js'
import type { Client, Models } from './client.js'
import { readRecords } from './reads.js'

/** Keys that are looked at together. */
const chunkSize = 500

/**
 * Removes keys, as far as a condition still holds of them. The successor of a removed key follows its predecessor from
 * then on: a revocation has to find the whole line.
 */
export async function remove(tx: Models, keys: readonly ApiKeyRecord[], condition: object = {}): Promise<number> {
  const { count } = await tx.apiKey.deleteMany({
    where: { AND: [{ id: { in: keys.map(({ id }) => id) } }, condition] }
  })
  for (const { id, rotatedFromId } of keys) {
    if (rotatedFromId === null) continue
    await tx.apiKey.updateMany({ where: { rotatedFromId: id }, data: { rotatedFromId } })
  }
  return count
}

/** Removes keys that ended before a time, some at once, in the order of their ids. */
export async function prune(client: Client, inTransaction: InTransaction, before: Date, clock: Clock): Promise<number> {
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
    if (ended.length > 0) removed += await inTransaction((tx) => remove(tx, ended, over))
  }
}

const isBefore = (time: Date | null, limit: Date) => time !== null && time.getTime() < limit.getTime()
