/** A feed on a migrated database, and all that it tells. */

import { openPostgresFeed } from '../../src/change-feed/postgres.js'
import { openSqliteFeed } from '../../src/change-feed/sqlite.js'
import { ownTables } from '../../src/change-feed/watched.js'
import type { ChangeFeed, FeedFailure, FeedListener, Moment } from '../../src/change-feed.js'
import { databases as both, type TestDatabase } from '../helpers/databases.js'
import { afterwards } from '../helpers/key-ring.js'
import { freshKeys, type Sql } from '../helpers/keys.js'
import { until } from '../helpers/until.js'

export interface Heard extends FeedListener {
  /** All that was told, in order: `k:<id>`, `i:<id>`, `o:<id>`, `*`, `barrier`, and the codes of failures. */
  readonly log: string[]
  readonly failures: FeedFailure[]
  readonly barriers: Moment[]
}

export function hear(): Heard {
  const log: string[] = []
  const failures: FeedFailure[] = []
  const barriers: Moment[] = []
  return {
    log,
    failures,
    barriers,
    keyChanged: (id) => void log.push(`k:${id}`),
    keyInserted: (id) => void log.push(`i:${id}`),
    ownerChanged: (id) => void log.push(`o:${id}`),
    everythingChanged: () => void log.push('*'),
    barrier: (askedAt) => {
      log.push('barrier')
      barriers.push(askedAt)
    },
    lost: (failure) => {
      log.push(failure.code)
      failures.push(failure)
    }
  }
}

export interface FeedOptions {
  readonly listener: FeedListener
  readonly url: string
  readonly prove?: (nonce: string) => Promise<void>
  readonly recheckMs?: number
  readonly tables?: typeof ownTables
  readonly connectTimeoutMs?: number
}

/** Writes the nonce as the client of the keys would. */
export const proveThrough =
  (sql: Sql, provider: TestDatabase['provider']) =>
  async (nonce: string): Promise<void> => {
    if (provider === 'sqlite') await sql('INSERT INTO keystile_changes (payload) VALUES (?)', `n:${nonce}`)
    else await sql("SELECT pg_notify('keystile_changes', 'n:' || ?)", nonce)
  }

export function openFeed({ url, prove = async () => {}, ...options }: FeedOptions): ChangeFeed {
  const settings = { tables: ownTables, prove, random: () => 0, ...options }
  const feed = url.startsWith('file:')
    ? openSqliteFeed({ ...settings, path: url.slice('file:'.length) })
    : openPostgresFeed({ ...settings, connectionString: url })
  afterwards(() => feed.close())
  return feed
}

/** Requests that come in all the time: `await waking(feed, () => ...)` waits for something that the feed brings. */
export async function waking(feed: ChangeFeed, isSo: () => boolean): Promise<void> {
  const traffic = setInterval(() => feed.wake(), 10)
  feed.wake()
  try {
    await until(isSo)
  } finally {
    clearInterval(traffic)
  }
}

/** A feed past its first barrier, on a new database with one owner and one key. */
export async function listening(database: TestDatabase, options: Partial<FeedOptions> = {}) {
  const { keys, sql, url, owner } = await freshKeys(database, { flushIntervalMs: 10 })
  const heard = hear()
  const { apiKey, token } = await keys.create({ ownerId: owner.id, name: 'laptop' })
  const feed = openFeed({ url, listener: heard, prove: proveThrough(sql, database.provider), ...options })
  const barriers = async (count = 1) => {
    const wanted = heard.barriers.length + count
    await waking(feed, () => heard.barriers.length >= wanted)
  }
  await barriers()
  const started = heard.log.splice(0)
  /** What is told of a change, up to a barrier that was asked for after it. */
  const toldOf = async (change: () => Promise<unknown>): Promise<string[]> => {
    heard.log.length = 0
    await change()
    const changedAt = performance.now()
    await waking(feed, () => (heard.barriers.at(-1)?.monotonicMs ?? 0) > changedAt)
    return heard.log.filter((entry) => entry !== 'barrier')
  }
  return {
    keys,
    sql,
    url,
    ownerId: String(owner.id),
    keyId: String(apiKey.id),
    token,
    heard,
    feed,
    barriers,
    toldOf,
    started
  }
}

function databaseOf(provider: TestDatabase['provider']): TestDatabase {
  const found = both.find((database) => database.provider === provider)
  if (!found) throw new Error(`no ${provider}`)
  return found
}

export const [postgres, sqlite] = [databaseOf('postgresql'), databaseOf('sqlite')]
