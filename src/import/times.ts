import { lastTimeMs } from '../duration.js'
import { describe, invalidArgument } from '../errors.js'
import type { Cell } from './columns.js'
import { isNone } from './values.js'

const written = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(\.\d{1,9})?\s?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i

/** Seconds since 1970 up to here, milliseconds from here on: as seconds it is the year 5138, as milliseconds 1973. */
const firstMilliseconds = 100_000_000_000

/**
 * A time in any common form; without a zone it is UTC. null, nothing, and an empty text are none.
 * @throws ApiKeyError `invalid_argument`
 */
export function parseTime(cell: Cell | undefined): Date | null {
  if (cell === undefined || isNone(cell)) return null
  const { value } = cell
  const ms =
    typeof value === 'number' ? msOfNumber(value) : typeof value === 'string' ? msOfText(value) : msOfDate(value)
  if (ms === undefined || Number.isNaN(ms))
    throw invalidArgument(
      cell.given,
      `${cell.given} is no time: it takes 2025-12-17 21:27:32 (UTC), ISO 8601, or seconds or milliseconds since 1970, not ${describe(value)}`
    )
  if (ms <= 0)
    throw invalidArgument(cell.given, `${cell.given} is the year 1970 or before: where it means none, make it null`)
  if (ms >= lastTimeMs)
    throw invalidArgument(cell.given, `${cell.given} is past the year 9999: where it means never, make it null`)
  return new Date(ms)
}

/** The same for the end of a key, where PostgreSQL's infinity is never. */
export function parseEnd(cell: Cell | undefined): Date | null {
  return cell?.value === 'infinity' ? null : parseTime(cell)
}

const msOfDate = (value: unknown) => (value instanceof Date ? value.getTime() : undefined)

const msOfNumber = (value: number) => Math.floor(Math.abs(value) < firstMilliseconds ? value * 1_000 : value)

function msOfText(text: string): number | undefined {
  if (/^\d{9,13}(\.\d{1,9})?$/.test(text)) return msOfNumber(Number(text))
  const [, day, time = '00:00', fraction = '', zone = 'Z'] = written.exec(text.trim()) ?? []
  if (day === undefined) return undefined
  // The 30th of February would be a day in March.
  const start = new Date(`${day}T00:00Z`)
  if (Number.isNaN(start.getTime()) || !start.toISOString().startsWith(day)) return undefined
  return Date.parse(`${day}T${time.length === 5 ? `${time}:00` : time}${fraction.slice(0, 4)}${isoZone(zone)}`)
}

/** `+02`, `+0200` and `+02:00` are the same. */
function isoZone(zone: string): string {
  if (/^z$/i.test(zone)) return 'Z'
  const minutes = zone.slice(3).replace(':', '') || '00'
  return `${zone.slice(0, 3)}:${minutes}`
}
