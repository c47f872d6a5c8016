import type { FeedListener } from '../change-feed.js'

/** The channel on PostgreSQL, the log table on SQLite. */
export const changesName = 'keystile_changes'

/** Longer ones arrive cut: PostgreSQL fails the writer's transaction where a notification has 8,000 bytes. */
export const maxPayload = 1_000

/** How many changes SQLite's log keeps. A feed that is further behind than that forgets everything. */
export const logLength = 10_000

/** What triggers write before an id. */
export const inserted = 'i:'
export const keyChanged = 'k:'
export const ownerChanged = 'o:'
export const everything = '*'

/** What a process writes to find out whether its own feed hears it. */
export const proofOf = (nonce: string) => `n:${nonce}`

/** Tells what a payload says; what can't be read may have been anything. */
export function tellPayload(listener: FeedListener, payload: string): void {
  const kind = payload.slice(0, 2)
  const id = payload.slice(2)
  if (kind === 'n:') return
  if (id === '' || payload.length >= maxPayload) return listener.everythingChanged()
  if (kind === keyChanged) return listener.keyChanged(id)
  if (kind === ownerChanged) return listener.ownerChanged(id)
  if (kind !== inserted) return listener.everythingChanged()
  // SQLite's REPLACE INTO deletes a row without a word, and tells only that it inserted one.
  listener.keyChanged(id)
  listener.keyInserted(id)
}
