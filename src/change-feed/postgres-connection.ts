import type { Socket } from 'node:net'
import { loadDriver } from '../driver.js'
import { FeedError } from './failure.js'

const answerMs = 1_500
const farewellMs = 300

export interface PostgresSettings {
  readonly connectionString: string
  readonly connectTimeoutMs?: number | undefined
}

export type Rows = readonly Readonly<Record<string, unknown>>[]

/** One connection to PostgreSQL that never waits for long. */
export interface PostgresConnection {
  /** Hangs up where no answer comes in time. */
  query(sql: string, values?: readonly unknown[]): Promise<Rows>
  close(): Promise<void>
}

export interface PostgresEvents {
  notification(payload: string): void
  ended(error: unknown): void
}

/** Connects. It keeps no process alive, and no error of it goes unhandled. */
export async function connectPostgres(
  { connectionString, connectTimeoutMs = 2_000 }: PostgresSettings,
  events: PostgresEvents,
  signal: AbortSignal
): Promise<PostgresConnection> {
  const { default: pg } = await loadDriver('PostgreSQL', ['pg'], () => import('pg'))
  signal.throwIfAborted()
  const client = new pg.Client({ connectionString, keepAlive: true, application_name: 'keystile-feed' })
  // pg's own end() waits for the server, and its time limits leave the connection open.
  const { connection } = client as unknown as { readonly connection: { readonly stream: Socket } }
  const hangUp = () => connection.stream.destroy()
  const gone = new Promise<void>((resolve) => client.once('end', resolve))
  // Whoever waits for an answer is told there, and whoever closes knows it.
  let waiting = 0
  const ended = (error: unknown) => {
    if (waiting === 0) events.ended(error)
  }
  const ask = async <T>(limitMs: number, work: () => Promise<T>): Promise<T> => {
    waiting++
    try {
      return await inTime(limitMs, hangUp, work)
    } finally {
      waiting--
    }
  }
  client.on('error', ended)
  client.on('end', () => ended(new Error('the connection was closed')))
  client.on('notification', ({ payload = '' }) => events.notification(payload))
  signal.addEventListener('abort', hangUp, { once: true })
  try {
    const connecting = ask(connectTimeoutMs, () => client.connect())
    connection.stream.unref()
    await connecting
    connection.stream.unref() // With TLS it has another socket by now.
  } catch (error) {
    waiting++
    hangUp()
    throw error
  } finally {
    signal.removeEventListener('abort', hangUp)
  }
  return {
    query: (sql, values = []) => ask(answerMs, async () => (await client.query(sql, [...values])).rows as Rows),
    async close() {
      waiting++
      const timer = setTimeout(hangUp, farewellMs).unref()
      client.end().catch(() => {})
      await gone
      clearTimeout(timer)
    }
  }
}

async function inTime<T>(limitMs: number, hangUp: () => void, work: () => Promise<T>): Promise<T> {
  let state: 'waiting' | 'late' | 'done' = 'waiting'
  const giveUp = () => {
    if (state === 'done') return
    state = 'late'
    hangUp()
  }
  // What arrived while the event loop was held up is read before setImmediate.
  const timer = setTimeout(() => setImmediate(giveUp), limitMs).unref()
  const isLate = () => state === 'late'
  try {
    return await work()
  } catch (error) {
    throw isLate() ? new FeedError('unreachable', `The change feed had no answer within ${limitMs} ms.`) : error
  } finally {
    state = 'done'
    clearTimeout(timer)
  }
}
