import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { ApiKeyError } from '../errors.js'
import type { Provider } from '../sql-names.js'

/** The version of the tables that this code was written for; see the model KeystileSchema. */
const schemaVersion = 3

/** The little SQL that migrating takes, over one connection. */
export interface Connection {
  query(sql: string, values?: readonly string[]): Promise<readonly Record<string, unknown>[]>
  /** Several statements at once, functions and triggers among them. */
  script(sql: string): Promise<void>
}

/** What differs between the databases. */
export interface Dialect {
  readonly provider: Provider
  /** One row a column (table_name, column_name) of the tables and views with these names, given as a list in SQL. */
  columnsQuery(names: string): string
  /** A table's name for SQL, safe from other schemas that the user may have before this one. */
  table(name: string): string
  placeholder(position: number): string
  /** A time as Prisma's own engine writes it into its table. */
  readonly now: string
}

export interface Migration {
  readonly name: string
  readonly sql: string
}

/** The tables that a schema expects: name and columns. */
export type ExpectedTables = ReadonlyMap<string, readonly string[]>

type Tables = Map<string, Set<string>>

export interface Inspection {
  /** Names of the migrations that are still to be applied; empty where the database can be used. */
  readonly pending: readonly Migration[]
  /** Whether none of keystile's tables is there. */
  readonly isEmpty: boolean
  /** Whether, once nothing is pending, the triggers have to be as this code makes them: a later version's are its own. */
  readonly knowsTriggers: boolean
}

/** The migrations that come with the package, oldest first. */
async function packagedMigrations(provider: string): Promise<readonly Migration[]> {
  const folder = new URL(`../../prisma/${provider}/migrations/`, import.meta.url)
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(
    names.sort().map(async (name) => ({ name, sql: await readFile(new URL(`${name}/migration.sql`, folder), 'utf8') }))
  )
}

async function readTables(connection: Connection, dialect: Dialect, names: readonly string[]): Promise<Tables> {
  const tables: Tables = new Map()
  const list = names.map((name) => `'${name}'`).join(', ')
  for (const row of await connection.query(dialect.columnsQuery(list))) {
    const table = String(row['table_name'])
    tables.set(table, (tables.get(table) ?? new Set()).add(String(row['column_name'])))
  }
  return tables
}

const incompatible = (message: string) => new ApiKeyError('incompatible_database', message)

/** A table with a name of ours that lacks a column of ours belongs to somebody else. */
function refuseForeignTables(tables: Tables, expected: ExpectedTables, shown: string): void {
  for (const [name, columns] of expected) {
    const missing = columns.filter((column) => !tables.get(name)?.has(column))
    if (missing.length === 0) continue
    const found = tables.has(name) ? `its table ${name} lacks ${missing.join(', ')}` : `it has no table ${name}`
    throw incompatible(
      `The database (${shown}) has tables with the names of keystile's, yet ${found}. Nothing was changed. ` +
        'Use a database of its own, or your own Prisma client: createApiKeys({ prisma }).'
    )
  }
}

/**
 * Compares a database with this code.
 * @throws ApiKeyError `incompatible_database` where it has tables that this code can't use
 */
export async function inspectDatabase(
  connection: Connection,
  dialect: Dialect,
  expected: ExpectedTables,
  shown: string
): Promise<Inspection> {
  const tables = await readTables(connection, dialect, [...expected.keys(), '_prisma_migrations'])
  if (![...expected.keys()].some((name) => tables.has(name)))
    return { pending: await packagedMigrations(dialect.provider), isEmpty: true, knowsTriggers: true }

  const version = tables.get('keystile_schema')?.has('min_reader')
    ? (await connection.query(`SELECT version, min_reader FROM ${dialect.table('keystile_schema')} WHERE id = 1`))[0]
    : undefined
  if (version && Number(version['min_reader']) > schemaVersion) {
    throw incompatible(
      `The database (${shown}) was migrated by a newer keystile (tables of version ${version['version']}), and this one can't read it. Upgrade keystile.`
    )
  }
  if (version && Number(version['version']) < schemaVersion) {
    const applied = await appliedMigrations(connection, dialect, tables)
    const pending = (await packagedMigrations(dialect.provider)).filter(({ name }) => !applied.has(name))
    if (pending.length > 0) return { pending, isEmpty: false, knowsTriggers: true }
  }
  refuseForeignTables(tables, expected, shown)
  return { pending: [], isEmpty: false, knowsTriggers: Number(version?.['version']) === schemaVersion }
}

async function appliedMigrations(connection: Connection, dialect: Dialect, tables: Tables): Promise<Set<string>> {
  if (!tables.has('_prisma_migrations')) return new Set()
  const rows = await connection.query(
    `SELECT migration_name FROM ${dialect.table('_prisma_migrations')} WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`
  )
  return new Set(rows.map((row) => String(row['migration_name'])))
}

/** Applies migrations and records them as `prisma migrate` does. The caller holds the lock and the transaction. */
export async function applyMigrations(
  connection: Connection,
  dialect: Dialect,
  pending: readonly Migration[],
  createMigrationsTable: string
): Promise<void> {
  await connection.script(createMigrationsTable)
  for (const { name, sql } of pending) {
    await connection.script(sql)
    const checksum = createHash('sha256').update(sql).digest('hex')
    const [id, sum, title] = [1, 2, 3].map((position) => dialect.placeholder(position))
    await connection.query(
      `INSERT INTO ${dialect.table('_prisma_migrations')} (id, checksum, migration_name, started_at, finished_at, applied_steps_count) ` +
        `VALUES (${id}, ${sum}, ${title}, ${dialect.now}, ${dialect.now}, 1)`,
      [randomUUID(), checksum, name]
    )
  }
}
