import type { WatchedTables } from '../change-feed.js'
import type { Client, DataModels } from '../prisma-store/client.js'
import type { ExpectedTables, Inspection } from './migrations.js'

/** What was done to a database so that this code can use it. */
export type Preparation = Pick<OpenedDatabase, 'applied' | 'mended'>

/** A database of keystile's own, ready for use. */
export interface OpenedDatabase {
  readonly client: Client
  /** Names of the migrations that opening it applied. */
  readonly applied: readonly string[]
  /** What was wrong with triggers that opening it put right. */
  readonly mended: readonly string[]
}

/** A database of keystile's kind as it is: looking makes, migrates and mends nothing. */
export interface DatabaseView {
  /** Reads and writes it as the opened one would; on a database that is not migrated, its queries fail. */
  readonly client: Client
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  /**
   * Compares its tables with this code.
   * @throws ApiKeyError `incompatible_database`
   */
  inspect(): Promise<Inspection>
  /** What is wrong with the triggers on these tables. `schema` is the location's own unless given; SQLite has none. */
  triggerFaults(tables: WatchedTables, schema?: string): Promise<readonly string[]>
  close(): Promise<void>
}

/** The tables and columns that a generated client of ours works with. */
export function expectedTables(client: object): ExpectedTables {
  const { models } = (client as { _runtimeDataModel: { readonly models: DataModels } })._runtimeDataModel
  return new Map(
    Object.entries(models).map(([name, { dbName, fields }]) => [
      dbName ?? name,
      fields.filter(({ kind }) => kind !== 'object').map((field) => field.dbName ?? field.name)
    ])
  )
}
