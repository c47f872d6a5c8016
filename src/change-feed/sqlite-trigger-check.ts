import { unquote } from '../sql-names.js'
import { triggerFaults } from './trigger-check.js'
import type { Trigger } from './triggers.js'

/** The triggers of an SQLite file, by name. */
export const sqliteTriggersQuery = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"

/** What is wrong with the triggers. */
export function sqliteTriggerFaults(found: ReadonlyMap<string, string>, wanted: readonly Trigger[]): string[] {
  return triggerFaults(wanted, ({ name, table, sql }) => {
    const text = found.get(name)
    if (text === undefined) return undefined
    const same = withoutColumns(text) === withoutColumns(sql)
    return { name, table, enabled: true, same, columns: columnsIn(text) }
  })
}

const columnList = /(?<= AFTER UPDATE) OF ((?:"(?:[^"]|"")*"(?:, )?)+)/

const withoutColumns = (sql: string) => sql.replace(columnList, '')

function columnsIn(sql: string): string[] | undefined {
  const list = columnList.exec(sql)?.[1]
  return list?.match(/"(?:[^"]|"")*"/g)?.map(unquote)
}
