import { stat } from 'node:fs/promises'
import { FeedError } from './failure.js'
import type { Hearing, Session } from './session.js'
import { readLog, type SqliteReader, sqliteReader } from './sqlite-reader.js'
import { sqliteTriggerFaults } from './sqlite-trigger-check.js'
import { requireNone } from './trigger-check.js'
import type { Trigger } from './triggers.js'

interface Watch {
  readonly path: string
  readonly recheckMs: number
  readonly triggers: readonly Trigger[]
  readonly howToMend: string | undefined
}

/** Which file a path leads to. */
async function fileAt(path: string): Promise<string> {
  const { dev, ino } = await stat(path, { bigint: true })
  return `${dev} ${ino}`
}

export async function openSqliteSession(watch: Watch, hearing: Hearing): Promise<Session> {
  // Before opening, which would make a file where there is none.
  const file = await fileAt(watch.path)
  const reader = await sqliteReader(watch.path)
  try {
    if (reader.journalMode() !== 'wal') {
      throw new FeedError(
        'not_wal',
        `The SQLite database ${watch.path} is not in WAL mode. It stays in that mode once it was set: PRAGMA journal_mode = WAL.`
      )
    }
    const session = new SqliteSession(reader, hearing, watch, file)
    session.checkTriggers()
    session.skipLog()
    return session
  } catch (error) {
    reader.close()
    throw error
  }
}

class SqliteSession implements Session {
  readonly #reader: SqliteReader
  readonly #hearing: Hearing
  readonly #watch: Watch
  readonly #file: string
  #dataVersion: number | undefined
  #schemaVersion: number | undefined
  #checkedAt = Number.NEGATIVE_INFINITY
  #lastId = 0

  constructor(reader: SqliteReader, hearing: Hearing, watch: Watch, file: string) {
    this.#reader = reader
    this.#hearing = hearing
    this.#watch = watch
    this.#file = file
  }

  async ask(): Promise<boolean> {
    const { path, recheckMs } = this.#watch
    const file = await fileAt(path)
    if (file !== this.#file) throw new FeedError('unreachable', `The SQLite database ${path} was replaced.`)
    try {
      // Before the log is read: what is committed meanwhile moves it again.
      const dataVersion = this.#reader.dataVersion()
      if (dataVersion !== this.#dataVersion) {
        if (this.#reader.schemaVersion() !== this.#schemaVersion) this.checkTriggers()
        this.#lastId = readLog(this.#reader, this.#lastId, this.#hearing)
        this.#dataVersion = dataVersion
      }
      if (performance.now() - this.#checkedAt >= recheckMs) this.checkTriggers()
      return true
    } catch (error) {
      if (isBusy(error)) return false
      throw error
    }
  }

  look(): Promise<boolean> {
    return this.ask()
  }

  async close(): Promise<void> {
    this.#reader.close()
  }

  /** From here on the log is read; what it says of earlier times is nobody's concern. */
  skipLog(): void {
    this.#lastId = this.#reader.lastId()
  }

  checkTriggers(): void {
    const schemaVersion = this.#reader.schemaVersion()
    const found = this.#reader.triggers()
    requireNone(sqliteTriggerFaults(found, this.#watch.triggers), this.#watch.howToMend)
    // The triggers may have been gone meanwhile, as they are while Prisma makes a table anew.
    if (this.#schemaVersion !== undefined && this.#schemaVersion !== schemaVersion) this.#hearing.everythingChanged()
    this.#schemaVersion = schemaVersion
    this.#checkedAt = performance.now()
  }
}

/** SQLITE_BUSY and SQLITE_LOCKED, whatever their extension. */
const isBusy = (error: unknown) => [5, 6].includes(((error as { rawCode?: number }).rawCode ?? 0) & 0xff)
