import { showName } from '../spelling.js'

/** What a row may have, as keystile's model names it. */
export const columns = [
  'id',
  'userId',
  'ownerEmail',
  'ownerName',
  'name',
  'keyHash',
  'hashAlg',
  'keyPrefix',
  'scopes',
  'isActive',
  'lastUsedAt',
  'lastUsedIp',
  'usageCount',
  'expiresAt',
  'revokedAt',
  'revokedReason',
  'metadata',
  'allowedIps',
  'rateLimit',
  'createdAt',
  'updatedAt'
] as const

export type Column = (typeof columns)[number]

const otherNames: Readonly<Record<string, Column>> = {
  ownerId: 'userId',
  email: 'ownerEmail',
  userEmail: 'ownerEmail',
  userName: 'ownerName',
  hash: 'keyHash',
  hashedKey: 'keyHash',
  tokenHash: 'keyHash'
}

/** Where people keep what they should not have kept. */
const plainTokenNames = /^(raw|plain|full|clear)?(api|access|secret)?(key|token|secret)(value|plain|text|raw)?$/i

/** A value and the name that its column has in the row. */
export interface Cell {
  readonly given: string
  readonly value: unknown
}

export type Cells = ReadonlyMap<Column, Cell>

export interface ColumnRules {
  /** Of columns that have another name in the rows: theirs to ours. */
  readonly names: ReadonlyMap<string, Column>
  readonly ignored: ReadonlySet<string>
}

export interface ReadColumns {
  readonly cells: Cells
  /** What is wrong with the columns themselves, in every row alike. */
  readonly faults: readonly string[]
}

const camelCase = (name: string) => name.replace(/_([a-z0-9])/g, (_, next: string) => next.toUpperCase())

/** The column that a name means; undefined where it is none of ours. */
export function columnNamed(name: string): Column | undefined {
  const ours = camelCase(name)
  return columns.find((column) => column === ours) ?? (Object.hasOwn(otherNames, ours) ? otherNames[ours] : undefined)
}

/** Takes a row apart. Columns that mean nothing here are faults: one may be what a key's life depends on. */
export function readColumns(row: object, { names, ignored }: ColumnRules): ReadColumns {
  const cells = new Map<Column, Cell>()
  const faults: string[] = []
  for (const [given, value] of Object.entries(row)) {
    if (ignored.has(given)) continue
    const column = names.get(given) ?? columnNamed(given)
    const taken = column && cells.get(column)
    if (column === undefined) faults.push(faultOf(given))
    else if (taken) faults.push(`the columns ${quoted(taken.given)} and ${quoted(given)} both mean ${column}`)
    else cells.set(column, { given, value })
  }
  return { cells, faults }
}

const quoted = (name: string) => JSON.stringify(showName(name))

/** On the command line, and to import(). */
const howToName = (given: string, ours: string) =>
  `--column ${showName(given)}=${ours} (columns: { ${quoted(given)}: ${JSON.stringify(ours)} })`

function faultOf(given: string): string {
  const name = quoted(given)
  if (plainTokenNames.test(camelCase(given)))
    return (
      `the column ${name} seems to hold keys themselves, which must not be in a file. Export the rows without it; where it is a hash, ` +
      `say so: ${howToName(given, 'key_hash')}`
    )
  const howToIgnore = `--ignore-columns ${showName(given)} (ignoreColumns: [${name}])`
  return `there is no column ${name} here. Leave it out with ${howToIgnore}, or say what it is: ${howToName(given, '<ours>')}`
}
