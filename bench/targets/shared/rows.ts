/** What the seeds of both databases write. */
import { sha256 } from './sha256.js'

/** Keys are shared out among so many owners. */
export const owners = 100

/** One key's row, as far as it differs from any other's. */
export interface KeyRow {
  readonly keyHash: string
  readonly keyPrefix: string
}

/** What is shown of a token, and what a bcrypt hash is found by. */
export const keyPrefixOf = (token: string) => `${token.slice(0, 11)}...`

/** Rows of tokens that are looked up by their SHA-256. */
export const sha256Rows = (tokens: readonly string[]): KeyRow[] =>
  tokens.map((token) => ({ keyHash: sha256(token), keyPrefix: keyPrefixOf(token) }))
