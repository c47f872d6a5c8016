import type { Client, DataModels } from '../prisma-store/client.js'
import type { ExpectedTables } from './migrations.js'

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
