import type { Client, ClientShape } from './client.js'
import { type KeyModel, keyModels, typeOfField } from './key-models.js'

/**
 * What the database lacks of the tables that a client's schema says it has, in words. It asks for no row.
 * @throws what the client does where the database can't be asked at all
 */
export async function missingInDatabase(client: Client, shape: ClientShape): Promise<readonly string[]> {
  await client.$queryRawUnsafe('SELECT 1')
  const missing: string[] = []
  for (const [model, fields] of neededColumns(shape)) {
    const table = shape.table(model)
    const columns = fields.map((field) => shape.column(model, field))
    // With the table's name: of its own, SQLite takes a column that there is not for a text.
    const has = (wanted: readonly string[]) =>
      client
        .$queryRawUnsafe(`SELECT ${wanted.map((column) => `t.${column}`).join(', ')} FROM ${table} AS t LIMIT 0`)
        .then(
          () => true,
          () => false
        )
    if (await has(columns)) continue
    const lacking: string[] = []
    for (const column of columns) if (!(await has([column]))) lacking.push(column.slice(1, -1).replaceAll('""', '"'))
    const whole = lacking.length === columns.length
    missing.push(whole ? `the table ${table} (model ${model})` : `${lacking.join(', ')} of the table ${table}`)
  }
  return missing
}

/** The fields that have a column, which relations have not. */
function neededColumns({ names, ownerReads }: ClientShape): readonly (readonly [KeyModel, readonly string[]])[] {
  const models = (Object.keys(keyModels) as KeyModel[]).filter((model) => names.hasOwner || model !== 'User')
  return models.map((model) => {
    const fields = model === 'User' ? ownerReads : Object.keys(keyModels[model])
    return [model, fields.filter((field) => typeOfField(model, field) !== 'relation')]
  })
}
