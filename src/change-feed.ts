import type { Moment } from './clock.js'

export type { Moment }

/** What a feed tells. Every call is synchronous, in the order of the commits. */
export interface FeedListener {
  /** A key's state changed, or it is gone. Ids are text. */
  keyChanged(id: string): void
  /** A key was made: what was unknown may be known now. */
  keyInserted(id: string): void
  /** A watched column of an owner changed, or the owner is gone. */
  ownerChanged(id: string): void
  /** Anything may have changed: a truncated table, a notification that can't be read, a gap in the log. */
  everythingChanged(): void
  /** All that was committed before this moment has been told. The moment is taken before the database is asked. */
  barrier(askedAt: Moment): void
  /** The feed tells nothing for now: nothing is fresh before the next barrier. Each reason is told once until that. */
  lost(failure: FeedFailure): void
}

export interface FeedFailure {
  /** Why, for machines. `unreachable` comes back by itself; so do the others, once the database is put right. */
  readonly code: 'unreachable' | 'triggers_missing' | 'wrong_database' | 'not_primary' | 'not_wal'
  /** Why, and what to do: for people, without a password. */
  readonly message: string
}

/** Listens to what changes in the tables of keys and owners, whoever changes it. One a database and process. */
export interface ChangeFeed {
  /** To be called when a request comes in: connects, and keeps barriers going for a while. Costs next to nothing. */
  wake(): void
  /** Ends the connection and all timers. Idempotent; nothing is told after it. */
  close(): Promise<void>
}

export interface FeedSettings {
  readonly listener: FeedListener
  /** Writes a nonce through the client that keys are read with: the feed must hear of it, or it listens elsewhere. */
  readonly prove: (nonce: string) => Promise<void>
  readonly tables: WatchedTables
  /** What to do where triggers are missing; by default, to run `keystile migrate`. */
  readonly howToMend?: string | undefined
}

/** Names in the database. */
export interface WatchedTables {
  readonly keys: string
  readonly keyId: string
  /** Columns of keys of which any change counts: all but the usage columns and updated_at. */
  readonly keyColumns: readonly string[]
  /** Columns of keys by which another row can take a key's place: SQLite's REPLACE removes that without a word. */
  readonly uniqueKeyColumns: readonly string[]
  /** null: keys have no relation to an owner's row, and nothing of owners is watched, whatever stands below. */
  readonly owners: string | null
  readonly ownerId: string
  readonly ownerColumns: readonly string[]
  readonly uniqueOwnerColumns: readonly string[]
}
