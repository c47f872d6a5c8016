import { ApiKeyError } from '../errors.js'
import type { Id } from '../events.js'
import { notRevoked } from './change-rows.js'
import type { Models } from './client.js'

/**
 * Refuses what was made in this transaction where its owner has more keys than allowed, those that are over left out.
 * It is called after the write: on SQLite nobody else writes from then on, and on PostgreSQL `oneAtATime` has to have seen to that.
 */
export async function requireRoom(tx: Models, ownerId: Id, most: number, now: Date): Promise<void> {
  const live = { userId: ownerId, ...notRevoked, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] }
  if ((await tx.apiKey.count({ where: live })) <= most) return
  throw new ApiKeyError('limit_reached', `There may be at most ${most} keys. Revoke one that is no longer needed.`)
}
