import type { Client } from '../prisma-store/client.js'
import type { DatabaseView, OpenedDatabase } from './opened.js'
import { openPostgres, type PostgresSettings, viewPostgres } from './postgres.js'
import { openSqlite, sqliteToLookAt, viewSqlite } from './sqlite.js'
import type { Location } from './url.js'

/** Opens a database of keystile's own. The drivers and clients of the other kind are not even loaded. */
export function openDatabase(location: Location, settings: PostgresSettings): Promise<OpenedDatabase> {
  return location.provider === 'sqlite' ? openSqlite(location) : openPostgres(location, settings)
}

/**
 * Opens a database to look at it: it stays as it is.
 * @param deadlineMs for a connection to it
 * @throws ApiKeyError `unavailable`, `not_writable`, `incompatible_database`, and `not_migrated` where there is no SQLite file
 */
export function viewDatabase(location: Location, deadlineMs: number): Promise<DatabaseView> {
  return location.provider === 'sqlite' ? viewSqlite(location) : viewPostgres(location, deadlineMs)
}

/**
 * A client to look at what is there, as `viewDatabase`; where there is no SQLite file yet, at what a new one would have.
 * @throws ApiKeyError as `openDatabase`, which makes nothing on PostgreSQL
 */
export async function clientToLookAt(location: Location, deadlineMs: number): Promise<Client> {
  if (location.provider === 'sqlite') return sqliteToLookAt(location)
  return (await openPostgres(location, { deadlineMs, migrate: false })).client
}
