/** An instance on a new database of either kind, with one owner: `await freshKeys(database)`. Closes after the file's tests. */

import { createClient } from '@libsql/client'
import { type ApiKeys, type ApiKeysOptions, createApiKeys, type Owner } from 'keystile'
import pg from 'pg'
import { migrateDatabase } from '../../src/migrate.js'
import { afterEachFile } from './after-each-file.js'
import type { TestDatabase } from './databases.js'

export type SqlValue = string | number | bigint | boolean | null | Uint8Array
export type Sql = (query: string, ...values: SqlValue[]) => Promise<Record<string, unknown>[]>

export interface FreshKeys {
  readonly keys: ApiKeys
  readonly owner: Owner
  readonly url: string
  /** A statement behind keystile's back, with `?` for its values, on either database. */
  readonly sql: Sql
  /** A further owner. */
  newOwner(): Promise<Owner>
  close(): Promise<void>
}

const closers: (() => Promise<unknown>)[] = []

afterEachFile(async () => {
  for (const close of closers.splice(0)) await close()
})

/** A connection of its own to a database, as a person with a database tool has one: with foreign keys on. */
export async function connect(url: string): Promise<{ sql: Sql; close(): Promise<void> }> {
  if (url.startsWith('file:')) {
    const client = createClient({ url, timeout: 5_000, intMode: 'bigint' })
    return {
      sql: async (sql, ...args) => (await client.execute({ sql, args })).rows.map((row) => ({ ...row })),
      close: async () => client.close()
    }
  }
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  return {
    async sql(query, ...values) {
      let position = 0
      return (
        await client.query<Record<string, unknown>>(
          query.replace(/\?/g, () => `$${++position}`),
          values
        )
      ).rows
    },
    close: () => client.end()
  }
}

export async function freshKeys(
  database: TestDatabase,
  options: Omit<ApiKeysOptions, 'url' | 'prisma'> = {}
): Promise<FreshKeys> {
  const url = await database.fresh()
  const keys = createApiKeys({ ...options, url })
  await migrateDatabase(keys)
  const { sql, close: disconnect } = await connect(url)
  let owners = 0
  const newOwner = async () => (await keys.ensureOwner({ email: `owner${++owners}@example.com`, name: 'Ada' })).owner
  const close = async () => {
    await keys.close()
    await disconnect()
  }
  closers.push(close)
  return { keys, owner: await newOwner(), url, sql, newOwner, close }
}
