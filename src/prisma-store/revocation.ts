import type { ApiKeyRecord } from '../api-key.js'
import type { Clock } from '../clock.js'
import type { Id } from '../events.js'
import type { Revocation } from '../store.js'
import type { InTransaction } from './attempt.js'
import { notFound } from './change-rows.js'
import type { Client, Models } from './client.js'
import { readRecord } from './reads.js'

/** Keys that are revoked together. */
const chunkSize = 500

const revokedBy = ({ reason, now }: Revocation) => ({ isActive: false, revokedAt: now, revokedReason: reason })

/** Revokes a key and those before it that are still in grace. */
export async function revokeWithPredecessors(tx: Models, id: Id, revocation: Revocation, clock: Clock) {
  const revoked: ApiKeyRecord[] = []
  // A row that names itself, or a later one, as its predecessor must not lead round for ever.
  const seen = new Set<Id>()
  let next: Id | null = id
  while (next !== null && !seen.has(next)) {
    seen.add(next)
    const isOver: boolean = next !== id && (await readRecord(tx, next, clock))?.status === 'expired'
    const open = { id: next, revokedAt: null }
    const { count } = isOver ? { count: 0 } : await tx.apiKey.updateMany({ where: open, data: revokedBy(revocation) })
    const record: ApiKeyRecord | undefined = await readRecord(tx, next, clock)
    if (!record && next === id) throw notFound(id)
    if (record && count > 0) revoked.push(record)
    next = record?.rotatedFromId ?? null
  }
  return revoked
}

/** Revokes what an owner has, until nothing is left: keys may be made meanwhile. */
export async function revokeOwner(
  client: Client,
  inTransaction: InTransaction,
  ownerId: Id,
  revocation: Revocation,
  clock: Clock
): Promise<readonly ApiKeyRecord[]> {
  const revoked: ApiKeyRecord[] = []
  const open = { userId: ownerId, revokedAt: null }
  for (;;) {
    const rows = await client.apiKey.findMany({ where: open, select: { id: true }, take: chunkSize })
    if (rows.length === 0) return revoked
    const ids = rows.map(({ id }) => id as Id)
    const where = { id: { in: ids }, revokedAt: null }
    await inTransaction((tx) => tx.apiKey.updateMany({ where, data: revokedBy(revocation) }))
    for (const id of ids) {
      const record = await readRecord(client, id, clock)
      if (record) revoked.push(record)
    }
  }
}
