/** Tables and rows of api_keys on PostgreSQL: the app's own, and keystile's, which have these columns too. */
import type { Client } from 'pg'
import { type KeyRow, owners } from './rows.js'

/** Runs some work on a connection of its own. */
export async function onPostgresql<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

interface Made {
  readonly name: string
  /** SQL. */
  readonly made: string
}

/** Fills a table without its indexes, foreign keys and triggers, which come back after: a tenth of the time for a million rows. */
export async function filled(client: Client, table: string, fill: () => Promise<void>): Promise<void> {
  const all = async (query: string) => (await client.query<Made>(query, [table])).rows
  const indexes = await all(`SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made
    FROM pg_index WHERE indrelid = $1::regclass AND NOT indisprimary`)
  const keys = await all(`SELECT quote_ident(conname) AS name, pg_get_constraintdef(oid) AS made
    FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'f'`)
  const triggers =
    await all(`SELECT quote_ident(tgname) AS name, CASE tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END AS made
    FROM pg_trigger WHERE tgrelid = $1::regclass AND NOT tgisinternal`)
  const statements = async (...sql: string[]) => {
    for (const each of sql) await client.query(each)
  }
  await statements(
    `SET maintenance_work_mem = '256MB'`,
    'BEGIN',
    ...keys.map(({ name }) => `ALTER TABLE ${table} DROP CONSTRAINT ${name}`),
    ...indexes.map(({ name }) => `DROP INDEX ${name}`),
    `ALTER TABLE ${table} DISABLE TRIGGER USER`
  )
  await fill()
  await statements(
    ...indexes.map(({ made }) => made),
    ...keys.map(({ name, made }) => `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${made}`),
    ...triggers.map(({ name, made }) => `ALTER TABLE ${table} ${made} TRIGGER ${name}`),
    'COMMIT'
  )
}

/** SQL for the nth id, in the form of UUIDs of version 7: they rise, as theirs do. */
export const idOf = (n: string) => `'019ac000-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0')`

const columns = 'id, user_id, name, key_hash, key_prefix, scopes, created_at, updated_at'
const valuesOf = (hash: string, prefix: string) =>
  `${idOf('i')}, ${idOf(`i % ${owners}`)}, 'laptop', ${hash}, ${prefix}, '["reports:read"]', now(), now()`

/** Owners, the rows of the load's tokens, and others with made-up hashes up to `total`. */
export async function insertKeys(client: Client, rows: readonly KeyRow[], total: number): Promise<void> {
  await client.query(
    `INSERT INTO users (id, email, name, updated_at)
     SELECT ${idOf('i')}, 'owner' || i || '@example.com', 'Owner ' || i, now() FROM generate_series(0, ${owners - 1}) AS i`
  )
  await filled(client, 'api_keys', async () => {
    await client.query(
      `INSERT INTO api_keys (${columns}) SELECT ${valuesOf('hash', 'prefix')}
       FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS given (hash, prefix, i)`,
      [rows.map((row) => row.keyHash), rows.map((row) => row.keyPrefix)]
    )
    await client.query(
      `INSERT INTO api_keys (${columns})
       SELECT ${valuesOf("encode(sha256(('other ' || i)::bytea), 'hex')", "'sk_' || left(md5(i::text), 8) || '...'")}
       FROM generate_series($1::int + 1, $2::int) AS i`,
      [rows.length, total]
    )
  })
  // What autovacuum would do in the middle of a round otherwise.
  await client.query('VACUUM ANALYZE')
}

/** The counts of keys, found by a unique column. */
export async function countsOf(
  url: string,
  values: readonly string[],
  column: 'key_hash' | 'key_prefix' = 'key_hash'
): Promise<number[]> {
  return onPostgresql(url, async (client) => {
    const { rows } = await client.query<{ found: string; count: string }>(
      `SELECT ${column} AS found, usage_count::text AS count FROM api_keys WHERE ${column} = ANY ($1)`,
      [values]
    )
    const counts = new Map(rows.map(({ found, count }) => [found, Number(count)]))
    return values.map((value) => counts.get(value) ?? 0)
  })
}
