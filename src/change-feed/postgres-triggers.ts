import type { WatchedTables } from '../change-feed.js'
import { changesName, everything, inserted, keyChanged, maxPayload, ownerChanged } from './payloads.js'
import { quote, quoteAll } from './quote.js'
import type { Trigger } from './triggers.js'
import { watchedKeyColumns, watchedOwnerColumns } from './watched.js'

/** A trigger as pg_trigger has it. */
export interface PostgresTrigger extends Trigger {
  /** Bits: 1 row, 4 insert, 8 delete, 16 update, 32 truncate. */
  readonly type: number
  readonly body: string
}

const notify = (payload: string) =>
  `  PERFORM pg_catalog.pg_notify('${changesName}', pg_catalog.left(${payload}, ${maxPayload}));`

/** Names in pg_catalog and no operators: whoever changes a row may have any search_path. */
const about = (kind: string, id: string) => notify(`pg_catalog.concat('${kind}', ${id})`)

/** Where an id changes, both are told; PostgreSQL makes one notification of two that are the same. */
const aboutOldAndNew = (kind: string, column: string) => [
  about(kind, `OLD.${quote(column)}`),
  about(kind, `coalesce(NEW.${quote(column)}, OLD.${quote(column)})`)
]

const body = (statements: readonly string[]) => ['', 'BEGIN', ...statements, '  RETURN NULL;', 'END;', ''].join('\n')

function bodies({ keyId, ownerId }: WatchedTables) {
  return {
    keystile_key_inserted: body([about(inserted, `NEW.${quote(keyId)}`)]),
    keystile_key_changed: body(aboutOldAndNew(keyChanged, keyId)),
    keystile_owner_changed: body(aboutOldAndNew(ownerChanged, ownerId)),
    keystile_truncated: body([notify(`'${everything}'`)])
  }
}

type Name = keyof ReturnType<typeof bodies>

/** The functions of the triggers, each of its trigger's name. */
export function functionsSql(tables: WatchedTables): string[] {
  return Object.entries(bodies(tables)).map(
    ([name, text]) => `CREATE OR REPLACE FUNCTION ${quote(name)}() RETURNS trigger LANGUAGE plpgsql AS $$${text}$$;\n`
  )
}

/** The triggers that notify, in the transaction that makes the change. */
export function postgresTriggers(tables: WatchedTables): PostgresTrigger[] {
  const { keys, owners } = tables
  const text = bodies(tables)
  const trigger = (
    name: Name,
    table: string,
    type: number,
    events: string,
    columns: readonly string[] = []
  ): PostgresTrigger => {
    const each = type & 1 ? 'ROW' : 'STATEMENT'
    // ALWAYS: also where session_replication_role is replica, as for rows that replication or a restore brings.
    const sql =
      `CREATE TRIGGER ${quote(name)} AFTER ${events} ON ${quote(table)} FOR EACH ${each} EXECUTE FUNCTION ${quote(name)}();\n` +
      `ALTER TABLE ${quote(table)} ENABLE ALWAYS TRIGGER ${quote(name)}`
    return { name, table, type, columns, body: text[name], sql }
  }
  const updateOrDelete = (columns: readonly string[]) => `UPDATE OF ${quoteAll(columns)} OR DELETE`
  const [ofKeys, ofOwners] = [watchedKeyColumns(tables), watchedOwnerColumns(tables)]
  return [
    trigger('keystile_key_inserted', keys, 1 + 4, 'INSERT'),
    trigger('keystile_key_changed', keys, 1 + 8 + 16, updateOrDelete(ofKeys), ofKeys),
    trigger('keystile_truncated', keys, 32, 'TRUNCATE'),
    trigger('keystile_owner_changed', owners, 1 + 8 + 16, updateOrDelete(ofOwners), ofOwners),
    trigger('keystile_truncated', owners, 32, 'TRUNCATE')
  ]
}
