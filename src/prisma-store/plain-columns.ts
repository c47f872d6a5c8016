import type { Provider } from '../sql-names.js'
import type { PlainColumn } from './client.js'

/** How a column goes into a row of JSON, and how its value there is read. */
export interface PlainForm {
  /** @param column quoted, with the name of its table */
  sql(column: string): string
  /** The value as Prisma gives it; undefined where this is not the plain form that it is written in. */
  read(value: unknown): unknown
}

const asItIs = (column: string) => column

const text: PlainForm = { sql: asItIs, read: (value) => (typeof value === 'string' ? value : undefined) }

const int: PlainForm = {
  sql: asItIs,
  read: (value) => (Number.isInteger(value) && (value as number) === ((value as number) | 0) ? value : undefined)
}

/** JSON's numbers end at 2^53 in JavaScript: as text they don't. */
const bigInt: PlainForm = {
  sql: (column) => `${column}::text`,
  read: (value) => (typeof value === 'string' && /^(0|-?[1-9]\d*)$/.test(value) ? BigInt(value) : undefined)
}

/** A blob that is JSON in SQLite's own form would go in as what it means; so goes a number that no column has in its plain form. */
const noBlob = (column: string) => `CASE typeof(${column}) WHEN 'blob' THEN 0.5 ELSE ${column} END`

const bool: PlainForm = { sql: asItIs, read: (value) => (typeof value === 'boolean' ? value : undefined) }

const sqliteBool: PlainForm = {
  sql: noBlob,
  read: (value) => (value === 1 ? true : value === 0 ? false : undefined)
}

/** The session's own time of day, as Prisma's adapter reads and writes it, whatever the session's time zone is. */
const postgresTime: PlainForm = {
  sql: (column) => `${column}::timestamp`,
  read(value) {
    const isPlain = typeof value === 'string' && /^[2-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?$/.test(value)
    return isPlain ? new Date(`${value}Z`) : undefined
  }
}

/** As the adapters write it: milliseconds, or text. Whoever else writes may do so in any form. */
const sqliteTime: PlainForm = {
  sql: noBlob,
  read(value) {
    if (typeof value === 'number') return Number.isInteger(value) && value >= 0 ? validDate(value) : undefined
    if (typeof value !== 'string' || !value.endsWith('+00:00')) return undefined
    const inUtc = value.replace('+00:00', 'Z')
    const date = validDate(inUtc)
    return date?.toISOString() === inUtc ? date : undefined
  }
}

function validDate(value: number | string): Date | undefined {
  const date = new Date(value)
  return Number.isNaN(date.getTime()) ? undefined : date
}

const forms: Readonly<Record<Provider, Readonly<Record<string, PlainForm>>>> = {
  postgresql: { String: text, Int: int, BigInt: bigInt, Boolean: bool, DateTime: postgresTime },
  // A BigInt is missing: of what else can stand in such a column, its text would not tell.
  sqlite: { String: { ...text, sql: noBlob }, Int: { ...int, sql: noBlob }, Boolean: sqliteBool, DateTime: sqliteTime }
}

/** undefined where values of this type are left to Prisma. */
export const plainForm = (provider: Provider, { type }: PlainColumn): PlainForm | undefined => forms[provider][type]
