/** Keys of a system that keystile replaces, as its table has them and `sqlite3 -json` prints them. */
import { createHash, randomBytes } from 'node:crypto'

export interface OldRow {
  readonly id: string
  readonly user_id: string
  readonly name: string
  readonly key_hash: string
  readonly key_prefix: string
  readonly scopes: string | null
  readonly is_active: number
  readonly last_used_at: string | null
  readonly last_used_ip: string | null
  readonly usage_count: string
  readonly expires_at: string | null
  readonly created_at: string
  readonly updated_at: string
}

export interface OldKey {
  readonly token: string
  readonly row: OldRow
}

let made = 0

/** `sk_` and 43 characters of base64url; a `_` in what is shown of them could pass for the end of a longer prefix. */
export function oldToken(prefix = 'sk_'): string {
  const secret = randomBytes(32).toString('base64url')
  return secret.slice(0, 8).includes('_') ? oldToken(prefix) : prefix + secret
}

export const digest = (alg: 'sha256' | 'sha512', token: string) => createHash(alg).update(token)

export function oldKey(user: string, more: Partial<OldRow> = {}, token = oldToken()): OldKey {
  made++
  return {
    token,
    row: {
      id: `${String(made).padStart(8, '0')}-7c1e-4d2a-9b64-0f2f8f0f4c11`,
      user_id: user,
      name: `key ${made}`,
      key_hash: digest('sha256', token).digest('hex'),
      key_prefix: `${token.slice(0, 11)}...`,
      scopes: '["reports:read","reports:write"]',
      is_active: 1,
      last_used_at: '2025-12-17 21:27:32.000000',
      last_used_ip: '203.0.113.7',
      usage_count: '128',
      expires_at: null,
      created_at: '2025-06-01 08:00:00.000000',
      updated_at: '2025-06-02 09:30:00.000000',
      ...more
    }
  }
}

/** One object on each line, inside an array. */
export const sqliteJson = (rows: readonly object[]): string =>
  rows.length === 0 ? '' : `[${rows.map((row) => JSON.stringify(row)).join(',\n')}]\n`
