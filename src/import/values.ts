import { describe, invalidArgument } from '../errors.js'
import type { Cell } from './columns.js'

const largestCount = 2n ** 63n - 1n

/** Whether a column says nothing. */
export const isNone = (cell: Cell | undefined): boolean =>
  cell === undefined || cell.value === null || cell.value === undefined || cell.value === ''

/**
 * Whether a key is active. A row that does not say so at all is; one that says it is not known is bad.
 * @throws ApiKeyError `invalid_argument`
 */
export function parseActive(cell: Cell | undefined): boolean {
  if (cell === undefined) return true
  const { given, value } = cell
  const word = typeof value === 'string' ? value.toLowerCase() : value
  if ([true, 1, 1n, '1', 't', 'true'].includes(word as never)) return true
  if ([false, 0, 0n, '0', 'f', 'false'].includes(word as never)) return false
  throw invalidArgument(given, `${given} must be true or false (1, 0, "t", "f"), not ${describe(value)}`)
}

/** @throws ApiKeyError `invalid_argument` */
export function parseCount(cell: Cell | undefined): bigint {
  if (cell === undefined || isNone(cell)) return 0n
  const { given, value } = cell
  if (typeof value === 'number' && value > Number.MAX_SAFE_INTEGER)
    throw invalidArgument(given, `${given} is past what a JSON number holds exactly: write it as a string`)
  const digits = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value
  const count = typeof digits === 'string' && /^\d{1,19}$/.test(digits) ? BigInt(digits) : undefined
  if (count !== undefined && count <= largestCount) return count
  throw invalidArgument(given, `${given} must be a whole number from 0 to ${largestCount}, not ${describe(value)}`)
}

/**
 * What a column has as JSON, be it as text; null where there is nothing.
 * @throws ApiKeyError `invalid_argument`
 */
export function parseJson(cell: Cell | undefined): unknown {
  if (cell === undefined || isNone(cell)) return null
  if (typeof cell.value !== 'string') return cell.value
  try {
    return JSON.parse(cell.value)
  } catch {
    throw invalidArgument(cell.given, `${cell.given} is not JSON`)
  }
}

/** Text, or null where there is nothing. @throws ApiKeyError `invalid_argument` */
export function parseText(cell: Cell | undefined): string | null {
  if (cell === undefined || isNone(cell)) return null
  if (typeof cell.value === 'string') return cell.value
  throw invalidArgument(cell.given, `${cell.given} must be text, not ${describe(cell.value)}`)
}

/** One line of at most so many characters, made of whatever there is: nobody's key is lost for its name. */
export function asLine(text: string, longest: number): string {
  const line = text
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
  return [...line].slice(0, longest).join('')
}

export const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
