/** An instance on a new, migrated database of either kind, with an owner and as many keys as a test wants. */

import { randomUUID } from 'node:crypto'
import { type ApiKeys, type ApiKeysOptions, createApiKeys } from 'keystile'
import { hashToken } from '../../src/hash.js'
import { createToken, displayPrefix } from '../../src/token.js'
import { afterEachFile } from './after-each-file.js'
import type { TestDatabase } from './databases.js'
import { migrate } from './migrate.js'
import { openSql, type Sql } from './sql.js'

export interface IssuedKey {
  readonly id: string
  readonly token: string
}

export interface KeyRing {
  readonly url: string
  readonly keys: ApiKeys
  readonly sql: Sql
  readonly ownerId: string
  issue(count: number, ownerId?: string): Promise<IssuedKey[]>
  /** The usage count of each of these keys, as the database has it. */
  counts(keys: readonly IssuedKey[]): Promise<number[]>
  /** The same, added up from the hours. */
  allowed(keys: readonly IssuedKey[]): Promise<number[]>
}

const cleanups: (() => Promise<unknown>)[] = []

afterEachFile(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

/** Runs after the tests of the file. */
export function afterwards(cleanup: () => Promise<unknown>): void {
  cleanups.unshift(cleanup)
}

/** A new database with keystile's tables. */
export async function migrated(database: TestDatabase): Promise<string> {
  const url = await database.fresh()
  await migrate(url)
  return url
}

export async function keyRing(
  database: TestDatabase,
  options: Omit<ApiKeysOptions, 'url' | 'prisma'> | ((url: string) => ApiKeysOptions) = {}
): Promise<KeyRing> {
  const url = await migrated(database)
  // A busy machine is no fault of the database: no test here is about the deadline unless it sets one.
  const given = typeof options === 'function' ? options(url) : { ...options, url }
  const keys = createApiKeys({ deadlineMs: 20_000, ...given })
  const sql = await openSql(url)
  afterwards(() => sql.close())
  afterwards(() => keys.close({ timeoutMs: 500 }))
  const ownerId = await insertOwner(sql)
  return {
    url,
    keys,
    sql,
    ownerId,
    issue: (count, owner = ownerId) => issueKeys(sql, owner, count),
    counts: (issued) => usageCounts(sql, issued),
    allowed: (issued) => allowedCounts(sql, issued)
  }
}

export async function usageCounts(sql: Sql, issued: readonly IssuedKey[]): Promise<number[]> {
  const rows = await sql.query('SELECT id, CAST(usage_count AS TEXT) AS usage_count FROM api_keys')
  const byId = new Map(rows.map((row) => [row['id'], Number(row['usage_count'])]))
  return issued.map(({ id }) => byId.get(id) ?? Number.NaN)
}

/** The requests that each of these keys was let in with, by the hours that the database has. */
export async function allowedCounts(sql: Sql, issued: readonly IssuedKey[]): Promise<number[]> {
  const rows = await sql.query(
    'SELECT api_key_id, CAST(SUM(allowed) AS TEXT) AS sum FROM api_key_usage GROUP BY api_key_id'
  )
  const byId = new Map(rows.map((row) => [row['api_key_id'], Number(row['sum'])]))
  return issued.map(({ id }) => byId.get(id) ?? 0)
}

export async function insertOwner(sql: Sql): Promise<string> {
  const id = randomUUID()
  const made = '2026-01-01T00:00:00.000+00:00'
  await sql.query('INSERT INTO users (id, email, updated_at) VALUES (?, ?, ?)', id, `${id}@example.com`, made)
  return id
}

/** Makes keys by plain SQL: a thousand take as long as one. */
export async function issueKeys(sql: Sql, ownerId: string, count: number): Promise<IssuedKey[]> {
  const issued = Array.from({ length: count }, () => ({ id: randomUUID(), token: createToken('sk_') }))
  const made = '2026-01-01T00:00:00.000+00:00'
  for (let i = 0; i < count; i += 500) {
    const some = issued.slice(i, i + 500)
    const rows = some.map(({ id, token }) =>
      [id, ownerId, 'a key', hashToken(token), displayPrefix(token), '["old"]', made, made].map((text) => `'${text}'`)
    )
    await sql.query(
      'INSERT INTO api_keys (id, user_id, name, key_hash, key_prefix, scopes, created_at, updated_at) ' +
        `VALUES ${rows.map((row) => `(${row.join(', ')})`).join(', ')}`
    )
  }
  return issued
}
