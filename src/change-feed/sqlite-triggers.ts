import type { WatchedTables } from '../change-feed.js'
import { quote, quoteAll } from '../sql-names.js'
import { changesName, inserted, keyChanged, logLength, ownerChanged } from './payloads.js'
import type { Trigger } from './triggers.js'
import { watchedKeyColumns, watchedOwnerColumns } from './watched.js'

const log = quote(changesName)

const write = (kind: string, row: 'OLD' | 'NEW', id: string, condition = '') =>
  `  INSERT INTO ${log} ("payload") SELECT '${kind}' || coalesce(${row}.${quote(id)}, '')${condition};`

function trigger(
  name: string,
  table: string,
  event: string,
  statements: readonly string[],
  columns: readonly string[] = []
): Trigger {
  const of = columns.length > 0 ? ` OF ${quoteAll(columns)}` : ''
  const sql = [`CREATE TRIGGER ${quote(name)} AFTER ${event}${of} ON ${quote(table)}`, 'BEGIN', ...statements, 'END']
  return { name, table, columns, sql: sql.join('\n') }
}

/** An id that changes is told as both. */
const updates = (kind: string, id: string) => [
  write(kind, 'OLD', id),
  write(kind, 'NEW', id, ` WHERE NEW.${quote(id)} IS NOT OLD.${quote(id)}`)
]

/** REPLACE removes the rows in its way without firing a trigger for them: they are told before. */
function replacements(name: string, kind: string, table: string, id: string, unique: readonly string[]): Trigger[] {
  if (unique.length === 0) return []
  const inTheWay = unique.map((column) => `${quote(column)} = NEW.${quote(column)}`).join(' OR ')
  const statement = `  INSERT INTO ${log} ("payload") SELECT '${kind}' || coalesce(${quote(id)}, '') FROM ${quote(table)} WHERE ${inTheWay};`
  return ['INSERT', `UPDATE OF ${quoteAll(unique)}`].map((event) => {
    const full = `${name}_by_${event.slice(0, 6).toLowerCase()}`
    const sql = [`CREATE TRIGGER ${quote(full)} BEFORE ${event} ON ${quote(table)}`, 'BEGIN', statement, 'END']
    return { name: full, table, columns: [], sql: sql.join('\n') }
  })
}

/** The triggers that write into the log, in the transaction that makes the change; the last keeps the log short. */
export function sqliteTriggers(tables: WatchedTables): Trigger[] {
  const { keys, keyId, owners, uniqueKeyColumns } = tables
  return [
    trigger('keystile_key_inserted', keys, 'INSERT', [write(inserted, 'NEW', keyId)]),
    trigger('keystile_key_updated', keys, 'UPDATE', updates(keyChanged, keyId), watchedKeyColumns(tables)),
    trigger('keystile_key_deleted', keys, 'DELETE', [write(keyChanged, 'OLD', keyId)]),
    ...replacements('keystile_key_replaced', keyChanged, keys, keyId, uniqueKeyColumns),
    ...(owners === null ? [] : ownerTriggers(tables, owners)),
    trigger('keystile_changes_pruned', changesName, 'INSERT', [
      `  DELETE FROM ${log} WHERE "id" <= NEW."id" - ${logLength};`
    ])
  ]
}

function ownerTriggers(tables: WatchedTables, owners: string): Trigger[] {
  const { ownerId, uniqueOwnerColumns } = tables
  return [
    trigger('keystile_owner_inserted', owners, 'INSERT', [write(ownerChanged, 'NEW', ownerId)]),
    trigger('keystile_owner_updated', owners, 'UPDATE', updates(ownerChanged, ownerId), watchedOwnerColumns(tables)),
    trigger('keystile_owner_deleted', owners, 'DELETE', [write(ownerChanged, 'OLD', ownerId)]),
    ...replacements('keystile_owner_replaced', ownerChanged, owners, ownerId, uniqueOwnerColumns)
  ]
}
