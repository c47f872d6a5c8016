import { loadDriver } from '../driver.js'
import { changesName } from './payloads.js'
import type { Hearing } from './session.js'
import { sqliteTriggersQuery } from './sqlite-trigger-check.js'

/** What a feed reads of an SQLite file. Each call is one statement: no lock is held from one to the next. */
export interface SqliteReader {
  journalMode(): string
  /** Moves with every commit of another connection. */
  dataVersion(): number
  /** Moves with every change of tables and triggers. */
  schemaVersion(): number
  /** The last id that the log ever gave, also where its row is gone. */
  lastId(): number
  /** Behind this id, in order, so many at most. */
  changesAfter(id: number): readonly { readonly id: number; readonly payload: string }[]
  /** SQL by name. */
  triggers(): ReadonlyMap<string, string>
  close(): void
}

/** Waiting for a lock would hold the event loop. */
const busyTimeoutMs = 1
const batch = 1_000

type Row = Readonly<Record<string, unknown>>

/** Opens a connection of its own. It must never write: data_version tells only of the commits of others. */
export async function sqliteReader(path: string): Promise<SqliteReader> {
  const { default: Database } = await loadDriver('SQLite', ['libsql'], () => import('libsql'))
  const db = new Database(path, { timeout: busyTimeoutMs })
  const ask = (sql: string) => {
    const statement = db.prepare(sql)
    return (...values: unknown[]) => statement.all(...values) as Row[]
  }
  const pragma = (name: string) => {
    const rows = ask(`PRAGMA ${name}`)
    return () => rows()[0]?.[name]
  }
  try {
    db.exec('PRAGMA query_only = ON')
    const [journalMode, dataVersion, schemaVersion] = ['journal_mode', 'data_version', 'schema_version'].map(pragma)
    return {
      journalMode: () => String(journalMode?.()),
      dataVersion: () => Number(dataVersion?.()),
      schemaVersion: () => Number(schemaVersion?.()),
      lastId: () => Number(ask(`SELECT seq FROM sqlite_sequence WHERE name = '${changesName}'`)()[0]?.['seq'] ?? 0),
      changesAfter: (id) =>
        ask(`SELECT id, payload FROM ${changesName} WHERE id > ? ORDER BY id LIMIT ${batch}`)(id).map((row) => ({
          id: Number(row['id']),
          payload: String(row['payload'])
        })),
      triggers: () => new Map(ask(sqliteTriggersQuery)().map((row) => [String(row['name']), String(row['sql'])])),
      close: () => db.close()
    }
  } catch (error) {
    db.close()
    throw error
  }
}

/**
 * Says all that the log has behind an id. Ids have no holes (AUTOINCREMENT gives back what a rollback took), so a hole
 * is a row that was pruned or deleted unread, and a last id that went back is another log.
 * @returns the id up to which all is said
 */
export function readLog(reader: SqliteReader, after: number, hearing: Hearing): number {
  const lastId = reader.lastId()
  let said = after
  while (said < lastId) {
    const rows = reader.changesAfter(said)
    if (rows.length === 0 || rows.some(({ id }, index) => id !== said + 1 + index)) break
    for (const { payload } of rows) hearing.payload(payload)
    said += rows.length
  }
  if (said < lastId || lastId < after) {
    hearing.everythingChanged()
    return lastId
  }
  return said
}
