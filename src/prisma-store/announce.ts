import type { Provider } from '../sql-names.js'
import type { Client } from './client.js'

/** Tells every feed of the database something, as its triggers do. On SQLite it fails where these are not there. */
export async function announce(client: Client, provider: Provider, payload: string): Promise<void> {
  const sql =
    provider === 'sqlite'
      ? 'INSERT INTO "keystile_changes" ("payload") VALUES (?)'
      : "SELECT pg_notify('keystile_changes', $1)"
  await client.$executeRawUnsafe(sql, payload)
}
