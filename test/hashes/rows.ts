/** Rows as an import leaves them, by plain SQL: tokens of another system, with hashes of its own. */
import { randomBytes, randomUUID } from 'node:crypto'
import { type ApiKeys, type ApiKeysOptions, createApiKeys } from 'keystile'
import { afterEachFile } from '../helpers/after-each-file.js'
import type { FreshKeys } from '../helpers/keys.js'

const opened: ApiKeys[] = []

afterEachFile(async () => {
  for (const keys of opened.splice(0)) await keys.close()
})

/** An instance that starts now, on a database that is as an import left it; a busy machine is no fault of the database. */
export function startedOn({ url }: FreshKeys, options: ApiKeysOptions = {}): ApiKeys {
  const keys = createApiKeys({ deadlineMs: 20_000, ...options, url })
  opened.push(keys)
  return keys
}

export const foreignToken = () => `acme_${randomBytes(32).toString('base64url')}`

export interface ForeignRow {
  readonly keyHash: string
  readonly hashAlg: 'sha512' | 'hmac' | 'bcrypt' | null
  readonly keyPrefix?: string
}

/** Writes the row, and returns its id. */
export async function insertRow(
  { sql, owner }: FreshKeys,
  { keyHash, hashAlg, keyPrefix = 'acme_...' }: ForeignRow
): Promise<string> {
  const id = randomUUID()
  const made = '2026-01-01T00:00:00.000+00:00'
  await sql(
    'INSERT INTO api_keys (id, user_id, name, key_hash, hash_alg, key_prefix, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    id,
    String(owner.id),
    'imported',
    keyHash,
    hashAlg,
    keyPrefix,
    made,
    made
  )
  return id
}

/** Records that tokens of this system are looked up. */
export async function insertForm({ sql }: FreshKeys, hashAlg: string, shownLength = 0): Promise<void> {
  const columns = '(id, prefix, alphabet, min_length, max_length, hash_alg, shown_length)'
  const insert = `INSERT INTO api_key_forms ${columns} VALUES (?, ?, ?, ?, ?, ?, ?)`
  await sql(insert, randomUUID(), 'acme_', 'base64url', 48, 48, hashAlg, shownLength)
}

export async function storedHash({ sql }: FreshKeys, id: string): Promise<unknown> {
  const [row] = await sql('SELECT key_hash, hash_alg FROM api_keys WHERE id = ?', id)
  return row
}
