/** Tables and rows of api_keys on SQLite: the app's own, and keystile's, which have these columns too. */
import type { Client } from '@libsql/client'
import { type KeyRow, owners } from './rows.js'

/** Runs some work on a connection of its own. */
export async function onSqlite<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const { createClient } = await import('@libsql/client')
  const client = createClient({ url, timeout: 5_000 })
  try {
    return await work(client)
  } finally {
    client.close()
  }
}

const idOf = (n: string) => `printf('019ac000-0000-7000-8000-%012x', ${n})`

/** As Prisma writes times. */
const now = `strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')`

const columns = 'id, user_id, name, key_hash, key_prefix, scopes, created_at, updated_at'
const valuesOf = (hash: string, prefix: string) =>
  `${idOf('i')}, ${idOf(`i % ${owners}`)}, 'laptop', ${hash}, ${prefix}, '["reports:read"]', ${now}, ${now}`

const numbers = (from: string, to: string) =>
  `WITH RECURSIVE numbers (i) AS (SELECT ${from} WHERE ${from} <= ${to} UNION ALL SELECT i + 1 FROM numbers WHERE i < ${to})`

/**
 * Owners, the rows of the load's tokens, and others with made-up hashes up to `total`: in one transaction, without the table's
 * indexes and triggers, which come back after.
 */
export async function insertKeys(client: Client, rows: readonly KeyRow[], total: number): Promise<void> {
  const given = JSON.stringify(rows.map((row, index) => [index + 1, row.keyHash, row.keyPrefix]))
  const { rows: found } = await client.execute(
    `SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND tbl_name = 'api_keys' AND sql IS NOT NULL`
  )
  await client.execute('PRAGMA synchronous = OFF')
  await client.batch(
    [
      `INSERT INTO users (id, email, name, created_at, updated_at) ${numbers('0', `${owners - 1}`)}
       SELECT ${idOf('i')}, 'owner' || i || '@example.com', 'Owner ' || i, ${now}, ${now} FROM numbers`,
      ...found.map(({ type, name }) => `DROP ${type} "${name}"`),
      {
        sql: `INSERT INTO api_keys (${columns}) SELECT ${valuesOf('hash', 'prefix')}
              FROM (SELECT value ->> 0 AS i, value ->> 1 AS hash, value ->> 2 AS prefix FROM json_each(?))`,
        args: [given]
      },
      `INSERT INTO api_keys (${columns}) ${numbers(`${rows.length + 1}`, `${total}`)}
       SELECT ${valuesOf('lower(hex(randomblob(32)))', "'sk_' || hex(randomblob(4)) || '...'")} FROM numbers`,
      ...found.map(({ sql }) => String(sql))
    ],
    'write'
  )
  await client.execute('PRAGMA wal_checkpoint(TRUNCATE)')
}

/** The counts of keys, found by their hashes. */
export async function countsOf(url: string, hashes: readonly string[]): Promise<number[]> {
  return onSqlite(url, async (client) => {
    const { rows } = await client.execute({
      sql: 'SELECT key_hash, usage_count FROM api_keys WHERE key_hash IN (SELECT value FROM json_each(?))',
      args: [JSON.stringify(hashes)]
    })
    const counts = new Map(rows.map((row) => [row['key_hash'], Number(row['usage_count'])]))
    return hashes.map((hash) => counts.get(hash) ?? 0)
  })
}
