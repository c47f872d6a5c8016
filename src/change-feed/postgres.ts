import type { ChangeFeed, FeedSettings } from '../change-feed.js'
import { FeedError } from './failure.js'
import { FeedLoop } from './loop.js'
import { changesName } from './payloads.js'
import { connectPostgres, type PostgresConnection, type PostgresSettings } from './postgres-connection.js'
import { inspectTriggers } from './postgres-trigger-check.js'
import { type PostgresTrigger, postgresTriggers } from './postgres-triggers.js'
import type { Hearing, Session, Source } from './session.js'
import { requireNone } from './trigger-check.js'

export interface PostgresFeedSettings extends FeedSettings, PostgresSettings {
  /** Where the tables are; `public` unless given. */
  readonly schema?: string
  /** From one look at the triggers to the next. */
  readonly recheckMs?: number
  /** For the waits between attempts: at least 0, less than 1. */
  readonly random?: () => number
}

const deafness =
  'The change feed does not hear what the Prisma client writes: it is connected to another database, or through a proxy ' +
  'that pools transactions (such as PgBouncer). It needs a connection of its own to the same database.'

/** A feed on one connection of its own, which listens to what the triggers notify. */
export const openPostgresFeed = (settings: PostgresFeedSettings): ChangeFeed =>
  new FeedLoop(postgresSource(settings), settings)

type PostgresSourceSettings = Omit<PostgresFeedSettings, 'listener' | 'prove' | 'random'>

export function postgresSource(settings: PostgresSourceSettings): Source {
  const { schema = 'public', recheckMs = 30_000, howToMend } = settings
  const triggers = postgresTriggers(settings.tables)
  const open = async (hearing: Hearing, signal: AbortSignal): Promise<Session> => {
    const events = { notification: hearing.payload, ended: hearing.ended }
    const connection = await connectPostgres(settings, events, signal)
    const session = new PostgresSession(connection, hearing, { schema, recheckMs, triggers, howToMend })
    const close = () => void connection.close()
    signal.addEventListener('abort', close, { once: true })
    try {
      await session.listen()
      return session
    } catch (error) {
      await connection.close()
      throw error
    } finally {
      signal.removeEventListener('abort', close)
    }
  }
  return { everyMs: 500, deafness, open }
}

interface Watch {
  readonly schema: string
  readonly recheckMs: number
  readonly triggers: readonly PostgresTrigger[]
  readonly howToMend: string | undefined
}

class PostgresSession implements Session {
  readonly #connection: PostgresConnection
  readonly #hearing: Hearing
  readonly #watch: Watch
  #checkedAt = Number.NEGATIVE_INFINITY
  #versions: string | undefined

  constructor(connection: PostgresConnection, hearing: Hearing, watch: Watch) {
    this.#connection = connection
    this.#hearing = hearing
    this.#watch = watch
  }

  async listen(): Promise<void> {
    try {
      await this.#connection.query(`LISTEN ${changesName}`)
    } catch (error) {
      // SQLSTATE read_only_sql_transaction: a standby can't listen.
      throw (error as { code?: string }).code === '25006' ? notPrimary() : error
    }
    await this.#checkTriggers()
  }

  /** The server sends a connection all that was notified before it says that it is ready for the next query. */
  async ask(): Promise<boolean> {
    if (performance.now() - this.#checkedAt >= this.#watch.recheckMs) await this.#checkTriggers()
    const [row] = await this.#connection.query(
      `SELECT pg_catalog.pg_is_in_recovery() AS recovering,
        '${changesName}' IN (SELECT pg_catalog.pg_listening_channels()) AS listening`
    )
    if (row?.['recovering'] !== false) throw notPrimary()
    if (row['listening'] !== true) throw new FeedError('wrong_database', deafness)
    return true
  }

  async look(): Promise<void> {}

  close(): Promise<void> {
    return this.#connection.close()
  }

  async #checkTriggers(): Promise<void> {
    const { schema, triggers, howToMend } = this.#watch
    const checkedAt = performance.now()
    const query = (sql: string, values: readonly unknown[]) => this.#connection.query(sql, values)
    const { faults, versions } = await inspectTriggers(query, schema, triggers)
    requireNone(faults, howToMend)
    this.#checkedAt = checkedAt
    // Made anew or switched off for a time: what changed meanwhile was not told.
    if (this.#versions !== undefined && this.#versions !== versions) this.#hearing.everythingChanged()
    this.#versions = versions
  }
}

const notPrimary = () =>
  new FeedError('not_primary', 'The change feed needs the primary server, and this is a standby.')
