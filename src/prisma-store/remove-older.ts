import { attempt } from './attempt.js'
import type { Client, ClientShape } from './client.js'
import type { KeyModel } from './key-models.js'
import { asNumber, asText } from './sqlite-time.js'

/** Rows that are removed together: a statement that takes all would hold locks, or the event loop, for long. */
const chunkSize = 1_000

/**
 * Removes the rows of a model whose time is before another. In SQL: SQLite has no type for times, adapters write text or
 * numbers as they are set, and two of them may share a file. A comparison of one form with the other would take all.
 */
export async function removeOlder(
  client: Client,
  { provider, table, column }: ClientShape,
  model: KeyModel,
  field: string,
  before: Date
): Promise<number> {
  const [rows, at] = [table(model), column(model, field)]
  const isSqlite = provider === 'sqlite'
  const row = isSqlite ? 'rowid' : 'ctid'
  const isOlder = isSqlite ? `CASE typeof(${at}) WHEN 'integer' THEN ${at} < ? ELSE ${at} < ? END` : `${at} < $1`
  const values = isSqlite ? [asNumber(before), asText(before)] : [before]
  const statement = `DELETE FROM ${rows} WHERE ${row} IN (SELECT ${row} FROM ${rows} WHERE ${isOlder} LIMIT ${chunkSize})`
  let removed = 0
  for (;;) {
    // Alone, libsql may report a statement as done that it has not committed; see changes.ts.
    const remove = () => client.$transaction([client.$executeRawUnsafe(statement, ...values)])
    const [count] = (await attempt(provider, remove)) as [number]
    if (count === 0) return removed
    removed += count
  }
}
