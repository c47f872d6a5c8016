import type { ApiKeyRecord } from '../api-key.js'
import type { ChangedBy } from '../audit.js'
import type { Clock } from '../clock.js'
import type { Id } from '../events.js'
import type { Revocation } from '../store.js'
import type { InTransaction } from './attempt.js'
import { existing } from './change-rows.js'
import type { Client, Models } from './client.js'
import { writeEvents } from './events.js'
import { readRecord, readRecords } from './reads.js'

interface RevocationBy extends Revocation {
  readonly by: ChangedBy
}

/** Keys that are revoked together. */
const chunkSize = 500

/** Revokes those of these keys that are not revoked yet, and returns them. */
async function revokeThese(tx: Models, ids: readonly Id[], { reason, now, by }: RevocationBy, clock: Clock) {
  const open = { id: { in: ids }, revokedAt: null }
  // A write first: it takes the rows' locks, so that who is found open next is revoked by nobody else.
  await tx.apiKey.updateMany({ where: open, data: { updatedAt: now } })
  const found = await tx.apiKey.findMany({ where: open, select: { id: true } })
  const where = { id: { in: found.map(({ id }) => id) } }
  await tx.apiKey.updateMany({ where, data: { isActive: false, revokedAt: now, revokedReason: reason } })
  const revoked = await readRecords(tx, { where }, clock)
  const events = revoked.map((apiKey) => ({ type: 'revoked', apiKey, changes: { reason } }) as const)
  await writeEvents(tx, events, by, now)
  return revoked
}

/** Revokes a key and those before it that are still in grace. */
export async function revokeWithPredecessors(
  client: Client,
  inTransaction: InTransaction,
  id: Id,
  revocation: RevocationBy,
  clock: Clock
): Promise<readonly ApiKeyRecord[]> {
  const chain = [id, ...(await predecessorsInGrace(client, id, clock))]
  const revoked = await inTransaction((tx) => revokeThese(tx, chain, revocation, clock))
  return revoked.toSorted((one, other) => chain.indexOf(one.id) - chain.indexOf(other.id))
}

/**
 * The keys before this one that still work. All of them are looked at: an older one may have been given the longer grace.
 * Outside of the transaction: a long line must not use up its time. A key that is removed meanwhile links its successor to
 * the key before it, so the line is walked again; what leads to the same gap twice has no key behind it.
 */
async function predecessorsInGrace(client: Client, id: Id, clock: Clock): Promise<readonly Id[]> {
  const open = new Set<Id>()
  const gaps = new Set<Id>()
  for (;;) {
    const gap = await walk(client, id, open, clock)
    if (gap === undefined || gaps.has(gap)) return [...open]
    gaps.add(gap)
  }
}

/** Adds the keys before this one that still work. Returns the id of the one that is not there, where the line breaks off. */
async function walk(client: Client, id: Id, open: Set<Id>, clock: Clock): Promise<Id | undefined> {
  // A row that names itself, or a later one, as its predecessor must not lead round for ever.
  const seen = new Set([id])
  let next = (await existing(client, id, clock)).rotatedFromId
  while (next !== null && !seen.has(next)) {
    seen.add(next)
    const record: ApiKeyRecord | undefined = await readRecord(client, next, clock)
    if (!record) return next
    if (record.status !== 'expired') open.add(next)
    next = record.rotatedFromId
  }
  return undefined
}

/** Revokes what an owner has, until nothing is left: keys may be made meanwhile. */
export async function revokeOwner(
  client: Client,
  inTransaction: InTransaction,
  ownerId: Id,
  revocation: RevocationBy,
  clock: Clock
): Promise<readonly ApiKeyRecord[]> {
  const revoked: ApiKeyRecord[] = []
  const open = { userId: ownerId, revokedAt: null }
  for (;;) {
    const rows = await client.apiKey.findMany({ where: open, select: { id: true }, take: chunkSize })
    if (rows.length === 0) return revoked
    const ids = rows.map(({ id }) => id as Id)
    revoked.push(...(await inTransaction((tx) => revokeThese(tx, ids, revocation, clock))))
  }
}
