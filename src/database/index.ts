import type { OpenedDatabase } from './opened.js'
import { openPostgres, type PostgresSettings } from './postgres.js'
import { openSqlite } from './sqlite.js'
import type { Location } from './url.js'

/** Opens a database of keystile's own. The drivers and clients of the other kind are not even loaded. */
export function openDatabase(location: Location, settings: PostgresSettings): Promise<OpenedDatabase> {
  return location.provider === 'sqlite' ? openSqlite(location) : openPostgres(location, settings)
}
