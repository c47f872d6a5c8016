import type { PostgresTrigger } from './postgres-triggers.js'
import { triggerFaults } from './trigger-check.js'

type Row = Readonly<Record<string, unknown>>

/** What is wrong with the triggers, and a text that is another one once any of them was made anew or changed. */
export async function inspectTriggers(
  query: (sql: string, values: readonly unknown[]) => Promise<readonly Row[]>,
  schema: string,
  wanted: readonly PostgresTrigger[]
): Promise<{ readonly faults: readonly string[]; readonly versions: string }> {
  const rows = await query(triggersQuery, [schema, wanted.map(({ table }) => table)])
  const faults = triggerFaults(wanted, (trigger) => {
    const { name, table, type, body, columnsIn } = trigger
    const row = rows.find((found) => found['name'] === name && found['table'] === table)
    if (!row) return undefined
    const ofEvent = row['columns'] as string[] | null
    const given = namesIn(row['arguments'] as Buffer)
    const inPlace = columnsIn === 'event' ? given.length === 0 : ofEvent === null
    const same = row['type'] === type && row['body'] === body && row['unconditional'] === true && inPlace
    const columns = columnsIn === 'event' ? (ofEvent ?? undefined) : given
    return { name, table, enabled: row['enabled'] === 'O' || row['enabled'] === 'A', same, columns }
  })
  return { faults, versions: JSON.stringify(rows.map((row) => row['version'])) }
}

/** The arguments of a trigger, each with a zero byte behind it. */
const namesIn = (bytes: Buffer) => bytes.toString('utf8').split('\0').slice(0, -1)

const triggersQuery = `SELECT t.tgname::text AS name, c.relname::text AS "table", t.tgenabled::text AS enabled,
    t.tgtype::int AS type, t.tgqual IS NULL AS unconditional, p.prosrc AS body,
    t.tgargs AS arguments,
    (SELECT array_agg(a.attname::text) FROM pg_catalog.pg_attribute AS a
      WHERE a.attrelid = c.oid AND a.attnum = ANY (t.tgattr)) AS columns,
    concat_ws(' ', c.oid, t.oid, t.xmin, p.xmin) AS version
  FROM pg_catalog.pg_trigger AS t
    JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
  WHERE n.nspname = $1 AND c.relname = ANY ($2) AND NOT t.tgisinternal
  ORDER BY t.oid`
