/** How many rows the tables have into which an import writes: the same before and after where nothing was written. */
import type { Sql } from './keys.js'

const rowsIn = async (sql: Sql, table: string) => Number((await sql(`SELECT count(*) AS n FROM ${table}`))[0]?.['n'])

/** Keys, entries of the audit trail, and forms of tokens. */
export const rowCounts = async (sql: Sql) => [
  await rowsIn(sql, 'api_keys'),
  await rowsIn(sql, 'api_key_events'),
  await rowsIn(sql, 'api_key_forms')
]
