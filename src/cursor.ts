import { lastTimeMs } from './duration.js'
import type { Id } from './events.js'
import { check, parseId } from './key-input.js'

/** Where other programs' empty times begin; PostgreSQL knows none of the years far before it. */
const firstTimeMs = Date.parse('0001-01-01T00:00:00Z')

/** Where a page ends: the time by which it is sorted, and the id where several have the same. */
interface Position {
  readonly at: Date
  readonly id: Id
}

/** A cursor is opaque to those who pass it on: the place of the last row, not a page number that shifts. */
export function toCursor({ at, id }: Position): string {
  const parts = [at.getTime(), typeof id, String(id)]
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

/** @throws ApiKeyError `invalid_argument` */
export function parseCursor(value: unknown): Position {
  const position = typeof value === 'string' && value.length <= 1_000 ? decodeCursor(value) : undefined
  check('cursor', position !== undefined, 'cursor must be the nextCursor of the page before.')
  return position
}

function decodeCursor(value: string): Position | undefined {
  try {
    const [at, type, text] = JSON.parse(Buffer.from(value, 'base64url').toString()) as unknown[]
    if (typeof at !== 'number' || !(at >= firstTimeMs && at <= lastTimeMs) || typeof text !== 'string') return undefined
    const id = type === 'number' ? Number(text) : type === 'bigint' ? BigInt(text) : text
    return { at: new Date(at), id: parseId('cursor', id) }
  } catch {
    return undefined
  }
}

/** A page of rows, of which one more than wanted was asked for: it tells whether there is another page. */
export function toPage<Row extends { readonly id: Id }>(
  found: readonly Row[],
  limit: number,
  timeOf: (row: Row) => Date
): { readonly items: readonly Row[]; readonly nextCursor: string | null } {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return { items, nextCursor: last && found.length > limit ? toCursor({ at: timeOf(last), id: last.id }) : null }
}
