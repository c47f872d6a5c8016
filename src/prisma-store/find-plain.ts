import type { Client, ClientShape, Row } from './client.js'
import { isRefusedStatement } from './failures.js'
import { verdictFields } from './find-keys.js'
import type { KeyModel } from './key-models.js'
import { plainForm } from './plain-columns.js'

/** Of the keys that were asked for, the rows that were read, and the hashes that are to be looked up by Prisma. */
export interface PlainRows {
  readonly rows: readonly Row[]
  readonly left: readonly string[]
}

export type FindPlain = (keyHashes: readonly string[]) => Promise<PlainRows>

interface Column {
  readonly field: string
  readonly isOptional: boolean
  readonly sql: string
  read(value: unknown): unknown
}

/**
 * Keys with their owners by one statement, which costs a fraction of what Prisma takes for the same. Each row comes as one
 * text, a JSON array. Only rows whose every value is in its plain form are read here: what is damaged, or written in a form
 * of its own, is left to Prisma, which knows best what it is.
 *
 * Undefined where Prisma is to be asked for all: an app's extensions may change what it answers, and not every type of
 * column has a plain form.
 */
export function plainFinder(client: Client, shape: ClientShape): FindPlain | undefined {
  const keys = columnsOf(shape, 'ApiKey', 'k', verdictFields)
  const owners = shape.names.hasOwner ? columnsOf(shape, 'User', 'o', shape.ownerReads) : []
  if (!keys || !owners || !shape.isTextual('ApiKey', 'keyHash')) return undefined
  const sql = statement(shape, [...keys, ...owners])
  return async (keyHashes) => {
    try {
      const given = shape.provider === 'sqlite' ? JSON.stringify(keyHashes) : keyHashes
      const found = await client.$queryRawUnsafe(sql, given)
      return sorted(found, keyHashes, (values) => rowOf(values, keys, owners))
    } catch (error) {
      // Prisma has a better word for what is wrong, or finds nothing wrong.
      if (isRefusedStatement(error, shape.provider)) return { rows: [], left: keyHashes }
      throw error
    }
  }
}

function columnsOf(shape: ClientShape, model: KeyModel, alias: string, fields: readonly string[]) {
  const columns: Column[] = []
  for (const field of fields) {
    const column = shape.plainColumn(model, field)
    const form = column && plainForm(shape.provider, column)
    if (!form) return undefined
    const sql = form.sql(`${alias}.${shape.column(model, field)}`)
    columns.push({ field, isOptional: column.isOptional, sql, read: form.read })
  }
  return columns
}

function statement(shape: ClientShape, columns: readonly Column[]): string {
  const list = columns.map(({ sql }) => sql).join(', ')
  const keys = `${shape.table('ApiKey')} AS k`
  const keyHash = `k.${shape.column('ApiKey', 'keyHash')}`
  const ofKey = `o.${shape.column('User', 'id')} = k.${shape.column('ApiKey', 'userId')}`
  const owner = shape.names.hasOwner ? ` LEFT JOIN ${shape.table('User')} AS o ON ${ofKey}` : ''
  if (shape.provider === 'postgresql')
    return `SELECT json_build_array(${list})::text AS found FROM ${keys}${owner} WHERE ${keyHash} = ANY($1::text[])`
  // CROSS: SQLite then takes each hash to the index, and never reads the whole table beside them.
  const given = `json_each(?) AS given CROSS JOIN ${keys} ON ${keyHash} = given.value`
  return `SELECT json_array(${list}) AS found FROM ${given}${owner}`
}

/** Each hash that was asked for is read, left, or one that no key has. */
function sorted(
  found: readonly Row[],
  keyHashes: readonly string[],
  read: (values: readonly unknown[]) => Row | undefined
): PlainRows {
  const rows: Row[] = []
  const left: string[] = []
  const place = verdictFields.indexOf('keyHash')
  for (const { found: json } of found) {
    const values = valuesIn(json)
    const row = values && read(values)
    const keyHash = values?.[place]
    if (row) rows.push(row)
    // Which of them it is can't be told.
    else if (typeof keyHash !== 'string' || !keyHashes.includes(keyHash)) return { rows: [], left: keyHashes }
    else left.push(keyHash)
  }
  return { rows, left }
}

/** Text that is cut off at a NUL, or that is none, is not the same everywhere. */
const isDubious = /\\u0000|\ufffd/

function valuesIn(json: unknown): readonly unknown[] | undefined {
  if (typeof json !== 'string' || isDubious.test(json)) return undefined
  const values: unknown = JSON.parse(json)
  return Array.isArray(values) ? values : undefined
}

function rowOf(values: readonly unknown[], keys: readonly Column[], owners: readonly Column[]): Row | undefined {
  const row = readColumns(values, 0, keys)
  if (!row || owners.length === 0) return row
  const user = readColumns(values, keys.length, owners)
  // No owner, or one that is the same to the database alone.
  if (!user || user['id'] !== row['userId']) return undefined
  row['user'] = user
  return row
}

function readColumns(values: readonly unknown[], from: number, columns: readonly Column[]) {
  const row: Record<string, unknown> = {}
  for (let i = 0; i < columns.length; i++) {
    const { field, isOptional, read } = columns[i] as Column
    const value = values[from + i]
    const plain = value === null && isOptional ? null : read(value)
    if (plain === undefined) return undefined
    row[field] = plain
  }
  return row
}
