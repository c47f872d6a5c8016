import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { InStatement, Client as LibsqlClient, Transaction } from '@libsql/client'
import { sqliteTriggerFaults, sqliteTriggersQuery } from '../change-feed/sqlite-trigger-check.js'
import { sqliteTriggers } from '../change-feed/sqlite-triggers.js'
import { type Trigger, triggersSql } from '../change-feed/triggers.js'
import { ownTables } from '../change-feed/watched.js'
import { loadDriver } from '../driver.js'
import { ApiKeyError } from '../errors.js'
import type { Client } from '../prisma-store/client.js'
import { applyMigrations, type Connection, type Dialect, type ExpectedTables, inspectDatabase } from './migrations.js'
import { type DatabaseView, expectedTables, type OpenedDatabase, type Preparation } from './opened.js'
import { makePrivateFile } from './private-file.js'
import type { Location } from './url.js'

type SqliteLocation = Extract<Location, { provider: 'sqlite' }>

const packages = ['libsql', '@libsql/client']

const loadAll = () =>
  loadDriver('SQLite', packages, () =>
    Promise.all([import('./libsql.js'), import('./libsql-adapter.js'), import('../generated/sqlite/client.js')])
  )

/** How long a start waits for another process that is migrating, or holds the file's lock. */
const patienceMs = 10_000

const dialect: Dialect = {
  provider: 'sqlite',
  // To SQLite, Users and users are one name.
  columnsQuery: (names) => `SELECT lower(t.name) AS table_name, lower(c.name) AS column_name
    FROM sqlite_master AS t, pragma_table_info(t.name) AS c
    WHERE t.type IN ('table', 'view') AND lower(t.name) IN (${names})`,
  table: (name) => name,
  placeholder: () => '?',
  now: `CAST(unixepoch('subsec') * 1000 AS INTEGER)`
}

const createMigrationsTable = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
);`

/** Opens the embedded file: made where there is none, migrated where that is due. */
export async function openSqlite(location: SqliteLocation): Promise<OpenedDatabase> {
  // Where the driver is missing, no file is left behind.
  await loadAll()
  makePrivateFile(location.path)
  // An attempt that migrated may still meet a lock after it.
  const applied: string[] = []
  const mended: string[] = []
  const open = async (): Promise<OpenedDatabase> => {
    const { libsql, client } = await clientOn(location)
    try {
      const done = await prepare(libsql, expectedTables(client), location.shown)
      applied.push(...done.applied)
      mended.push(...done.mended)
      await requireWal(libsql)
      // What Prisma has not connected it would not disconnect.
      await client.$connect()
      return { client: client as unknown as Client, applied, mended }
    } catch (error) {
      libsql.close()
      throw error
    }
  }
  try {
    return await patiently(open)
  } catch (error) {
    throw explainOpening(error, location)
  }
}

/** Looks at an SQLite file as it is. */
export async function viewSqlite(location: SqliteLocation): Promise<DatabaseView> {
  const { path, shown } = location
  // Opening would make it.
  if (!existsSync(path)) throw new ApiKeyError('not_migrated', `There is no database yet: no file ${path}.`)
  const { libsql, client } = await clientOn(location)
  const connection = connectionOf(libsql)
  try {
    await patiently(() => connection.query('SELECT count(*) FROM sqlite_master'))
    await client.$connect()
  } catch (error) {
    libsql.close()
    throw explainOpening(error, location)
  }
  return {
    client: client as unknown as Client,
    query: connection.query,
    inspect: () => inspectDatabase(connection, dialect, expectedTables(client), shown),
    triggerFaults: (tables) => triggerFaults(libsql, sqliteTriggers(tables)),
    close: () => client.$disconnect()
  }
}

/**
 * A client to look at what is there. Nothing is made or migrated: an empty database in memory stands for one that is not
 * there yet.
 * @throws ApiKeyError `not_migrated` where an earlier version of keystile made it
 */
export async function sqliteToLookAt(location: SqliteLocation): Promise<Client> {
  if (!existsSync(location.path)) return emptySqlite()
  const view = await viewSqlite(location)
  try {
    const { pending, isEmpty } = await view.inspect()
    if (pending.length === 0) return view.client
    if (!isEmpty) throw new ApiKeyError('not_migrated', behind(location))
  } catch (error) {
    await view.close()
    throw error
  }
  await view.close()
  return emptySqlite()
}

const behind = ({ shown }: SqliteLocation) =>
  `The database (${shown}) is of an earlier version of keystile, and looking at it migrates nothing. Run: npx keystile migrate`

async function emptySqlite(): Promise<Client> {
  const { libsql, client } = await clientOn({ path: ':memory:', url: 'file::memory:' })
  await prepare(libsql, expectedTables(client), 'in memory')
  await client.$connect()
  return client as unknown as Client
}

/** A client on one connection that this module may use too. It makes the file where there is none. */
async function clientOn({ path, url }: Pick<SqliteLocation, 'path' | 'url'>) {
  const [{ openLibsql }, { PrismaLibSql }, { PrismaClient }] = await loadAll()
  const libsql = openLibsql(path)
  class OnThisConnection extends PrismaLibSql {
    override createClient(): LibsqlClient {
      return libsql
    }
  }
  return { libsql, client: new PrismaClient({ adapter: new OnThisConnection({ url }) }) }
}

async function prepare(libsql: LibsqlClient, expected: ExpectedTables, shown: string): Promise<Preparation> {
  // Most starts find nothing to do and need no lock.
  const { pending, knowsTriggers } = await inspectDatabase(connectionOf(libsql), dialect, expected, shown)
  if (pending.length === 0 && !(knowsTriggers && (await triggerFaults(libsql, own)).length > 0))
    return { applied: [], mended: [] }
  // Prisma changes a table by making it anew, and its scripts can't turn this off inside a transaction: dropping the
  // old table of owners would delete all keys.
  await libsql.execute('PRAGMA foreign_keys = OFF')
  const tx = await libsql.transaction('write')
  try {
    const connection = connectionOf(tx)
    const { pending: stillPending } = await inspectDatabase(connection, dialect, expected, shown)
    if (stillPending.length > 0) await applyMigrations(connection, dialect, stillPending, createMigrationsTable)
    const mended = knowsTriggers ? await triggerFaults(tx, own) : []
    if (mended.length > 0) await connection.script(triggersSql('sqlite', ownTables))
    await tx.commit()
    return { applied: stillPending.map(({ name }) => name), mended }
  } finally {
    tx.close()
    await libsql.execute('PRAGMA foreign_keys = ON')
  }
}

const own = sqliteTriggers(ownTables)

async function triggerFaults(
  libsql: LibsqlClient | Transaction,
  wanted: readonly Trigger[]
): Promise<readonly string[]> {
  const { rows } = await libsql.execute(sqliteTriggersQuery)
  const found = new Map(rows.map((row) => [String(row['name']), String(row['sql'])]))
  return sqliteTriggerFaults(found, wanted)
}

function connectionOf(libsql: LibsqlClient | Transaction): Connection {
  return {
    async query(sql, values = []) {
      const { rows } = await libsql.execute({ sql, args: [...values] } satisfies InStatement)
      return rows as unknown as Record<string, unknown>[]
    },
    script: (sql) => libsql.executeMultiple(sql)
  }
}

/** Readers go on while one process writes only in WAL mode; the mode stays with the file. */
async function requireWal(libsql: LibsqlClient): Promise<void> {
  const before = await libsql.execute('PRAGMA journal_mode')
  if (before.rows[0]?.[0] === 'wal') return
  await libsql.executeMultiple('PRAGMA journal_mode = WAL')
  const after = await libsql.execute('PRAGMA journal_mode')
  if (after.rows[0]?.[0] !== 'wal') {
    throw new ApiKeyError(
      'incompatible_database',
      'SQLite could not switch to WAL mode: is the file on a network share?'
    )
  }
}

async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (primaryCode(error) !== 5 || performance.now() - startedAt > patienceMs) throw error
    }
    await sleep(5 + Math.random() * 45)
  }
}

/** SQLite's result code without its extension, as libsql reports it. */
function primaryCode(error: unknown): number {
  return ((error as { rawCode?: number }).rawCode ?? 0) & 0xff
}

const reasons: Record<number, string> = {
  5: 'another process has locked it for too long',
  8: 'it is read-only, and keystile has to write to it',
  11: 'the file is damaged',
  13: 'the disk is full',
  14: 'it, or its folder, is not accessible to this user',
  26: 'the file is not an SQLite database'
}

function explainOpening(error: unknown, { path }: SqliteLocation): ApiKeyError {
  if (error instanceof ApiKeyError) return error
  const code = primaryCode(error)
  const { message } = error as Error
  const why =
    reasons[code] ?? `it could not be migrated, and nothing was changed: ${message.replace(/^SQLITE_\w+: /, '')}`
  const notWritable = [5, 8, 13, 14].includes(code)
  return new ApiKeyError(
    notWritable ? 'not_writable' : 'incompatible_database',
    `The SQLite database ${path} can't be used: ${why}.`,
    { cause: error }
  )
}
