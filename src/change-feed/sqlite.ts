import type { ChangeFeed, FeedSettings } from '../change-feed.js'
import { FeedLoop } from './loop.js'
import type { Hearing, Source } from './session.js'
import { openSqliteSession } from './sqlite-session.js'
import { sqliteTriggers } from './sqlite-triggers.js'

export interface SqliteFeedSettings extends FeedSettings {
  readonly path: string
  /** From one look at the triggers to the next, where the schema did not change meanwhile. */
  readonly recheckMs?: number
  /** For the waits between attempts: at least 0, less than 1. */
  readonly random?: () => number
}

/** A feed on one connection of its own, which reads the log that the triggers write. */
export const openSqliteFeed = (settings: SqliteFeedSettings): ChangeFeed =>
  new FeedLoop(sqliteSource(settings), settings)

type SqliteSourceSettings = Omit<SqliteFeedSettings, 'listener' | 'prove' | 'random'>

export function sqliteSource(settings: SqliteSourceSettings): Source {
  const { path, recheckMs = 30_000, tables, howToMend } = settings
  const triggers = sqliteTriggers(tables)
  const deafness = `The change feed reads ${path} and does not find there what the Prisma client writes: is that another file?`
  const open = (hearing: Hearing) => openSqliteSession({ path, recheckMs, triggers, howToMend }, hearing)
  return { everyMs: 100, deafness, open }
}
