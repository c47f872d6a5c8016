import type { WatchedTables } from '../change-feed.js'
import { type Provider, quote } from '../sql-names.js'
import { functionsSql, postgresTriggers, within } from './postgres-triggers.js'
import { sqliteTriggers } from './sqlite-triggers.js'

/** A trigger as it has to be in the database. */
export interface Trigger {
  readonly name: string
  readonly table: string
  /** Columns whose updates fire it; more do no harm. Empty where it fires for no update. */
  readonly columns: readonly string[]
  readonly sql: string
}

/**
 * The SQL that makes the triggers which a feed relies on, and puts damaged ones right. SQLite's log table comes
 * from the Prisma schema, so that Prisma knows it and does not want to drop it; PostgreSQL needs no table.
 * @param tables names in the database
 * @param schema of PostgreSQL, where the tables are and the functions come; by default, along the search_path
 */
export function triggersSql(provider: Provider, tables: WatchedTables, schema?: string): string {
  const triggers = provider === 'sqlite' ? sqliteTriggers(tables) : postgresTriggers(tables, schema)
  const statements = triggers.map(({ name, table, sql }) => {
    const on = provider === 'sqlite' ? '' : ` ON ${within(schema, table)}`
    return `DROP TRIGGER IF EXISTS ${quote(name)}${on};\n${sql};\n`
  })
  return [...(provider === 'sqlite' ? [] : functionsSql(tables, schema)), ...statements].join('\n')
}
