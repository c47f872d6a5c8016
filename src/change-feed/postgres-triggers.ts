import type { WatchedTables } from '../change-feed.js'
import { quote, quoteAll } from '../sql-names.js'
import { changesName, everything, inserted, keyChanged, maxPayload, ownerChanged } from './payloads.js'
import type { Trigger } from './triggers.js'
import { watchedKeyColumns, watchedOwnerColumns } from './watched.js'

/** A trigger as pg_trigger has it. */
export interface PostgresTrigger extends Trigger {
  /** Bits: 1 row, 4 insert, 8 delete, 16 update, 32 truncate. */
  readonly type: number
  readonly body: string
  /** Where its columns stand: in the event (UPDATE OF), or as arguments of a function that compares them itself. */
  readonly columnsIn: 'event' | 'arguments'
}

const notify = (payload: string) =>
  `  PERFORM pg_catalog.pg_notify('${changesName}', pg_catalog.left(${payload}, ${maxPayload}));`

/** Names in pg_catalog: whoever changes a row may have any search_path. */
const about = (kind: string, id: string) => notify(`pg_catalog.concat('${kind}', ${id})`)

/** Where an id changes, both are told; PostgreSQL makes one notification of two that are the same. */
const aboutOldAndNew = (kind: string, column: string) => [
  about(kind, `OLD.${quote(column)}`),
  about(kind, `coalesce(NEW.${quote(column)}, OLD.${quote(column)})`)
]

const body = (statements: readonly string[], declarations: readonly string[] = []) =>
  ['', ...declarations, 'BEGIN', ...statements, '  RETURN NULL;', 'END;', ''].join('\n')

const field = (row: string) => `pg_catalog.jsonb_object_field_text(${row}, watched)`

/**
 * PostgreSQL refuses to drop or retype a column that a trigger names, and the table of owners is the app's: this one
 * names none, and a watched column that is gone fails no update.
 */
const whereWatchedDiffer = (statements: readonly string[]) =>
  body(
    [
      '  FOREACH watched IN ARRAY TG_ARGV LOOP',
      `    IF ${field('was')} IS DISTINCT FROM ${field('becomes')} THEN`,
      ...statements.map((statement) => `    ${statement}`),
      '      EXIT;',
      '    END IF;',
      '  END LOOP;'
    ],
    [
      'DECLARE',
      '  was jsonb := pg_catalog.to_jsonb(OLD);',
      '  becomes jsonb := pg_catalog.to_jsonb(NEW);',
      '  watched text;'
    ]
  )

function bodies({ keyId, ownerId }: WatchedTables) {
  return {
    keystile_key_inserted: body([about(inserted, `NEW.${quote(keyId)}`)]),
    keystile_key_changed: body(aboutOldAndNew(keyChanged, keyId)),
    keystile_owner_changed: whereWatchedDiffer(aboutOldAndNew(ownerChanged, ownerId)),
    keystile_truncated: body([notify(`'${everything}'`)])
  }
}

type Name = keyof ReturnType<typeof bodies>

/** A name with its schema, where that is known; else it is looked up along the search_path. */
export const within = (schema: string | undefined, name: string) =>
  schema === undefined ? quote(name) : `${quote(schema)}.${quote(name)}`

/** The names in a body are the app's: whatever they hold, the tag is not in it. `$$` where it can be, as in released migrations. */
function dollarQuoted(text: string): string {
  let tag = '$$'
  for (let i = 1; text.includes(tag); i++) tag = `$keystile${i}$`
  return `${tag}${text}${tag}`
}

/** The functions of the triggers, each of its trigger's name. */
export function functionsSql(tables: WatchedTables, schema?: string): string[] {
  const wanted = Object.entries(bodies(tables)).filter(
    ([name]) => tables.owners !== null || name !== 'keystile_owner_changed'
  )
  return wanted.map(
    ([name, text]) =>
      `CREATE OR REPLACE FUNCTION ${within(schema, name)}() RETURNS trigger LANGUAGE plpgsql AS ${dollarQuoted(text)};\n`
  )
}

interface Form {
  readonly name: Name
  readonly table: string
  readonly type: number
  readonly events: string
  readonly columns?: readonly string[]
  readonly columnsIn?: 'event' | 'arguments'
}

/** The triggers that notify, in the transaction that makes the change. */
export function postgresTriggers(tables: WatchedTables, schema?: string): PostgresTrigger[] {
  const { keys, owners } = tables
  const text = bodies(tables)
  const trigger = ({ columnsIn = 'event', columns = [], ...form }: Form): PostgresTrigger => {
    const { name, table, type, events } = form
    const each = type & 1 ? 'ROW' : 'STATEMENT'
    const call = `${within(schema, name)}(${columnsIn === 'arguments' ? columns.map(literal).join(', ') : ''})`
    // ALWAYS: also where session_replication_role is replica, as for rows that replication or a restore brings.
    const sql =
      `CREATE TRIGGER ${quote(name)} AFTER ${events} ON ${within(schema, table)} FOR EACH ${each} EXECUTE FUNCTION ${call};\n` +
      `ALTER TABLE ${within(schema, table)} ENABLE ALWAYS TRIGGER ${quote(name)}`
    return { name, table, type, columns, columnsIn, body: text[name], sql }
  }
  const [ofKeys, ofOwners] = [watchedKeyColumns(tables), watchedOwnerColumns(tables)]
  const keyChanges = {
    table: keys,
    type: 1 + 8 + 16,
    // Each flush of counts updates thousands of keys: for these columns alone the trigger is not even called.
    events: `UPDATE OF ${quoteAll(ofKeys)} OR DELETE`,
    columns: ofKeys
  }
  const ownerChanges = {
    type: 1 + 8 + 16,
    events: 'UPDATE OR DELETE',
    columns: ofOwners,
    columnsIn: 'arguments'
  } as const
  const ofOwner = (table: string) => [
    trigger({ name: 'keystile_owner_changed', table, ...ownerChanges }),
    trigger({ name: 'keystile_truncated', table, type: 32, events: 'TRUNCATE' })
  ]
  return [
    trigger({ name: 'keystile_key_inserted', table: keys, type: 1 + 4, events: 'INSERT' }),
    trigger({ name: 'keystile_key_changed', ...keyChanges }),
    trigger({ name: 'keystile_truncated', table: keys, type: 32, events: 'TRUNCATE' }),
    ...(owners === null ? [] : ofOwner(owners))
  ]
}

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`
