import { misspelt } from '../spelling.js'
import { optionalOwnerFields } from './key-models.js'
import type { DescribedClient } from './model-check.js'
import { isUnique } from './schema-text.js'

/** Whether the owner's model has a column for this, by keystile's name for it or by its own. */
export function isOwnerColumn({ models, names }: DescribedClient, field: string): boolean {
  const { name, fields } = names.models.User
  const column = fields[field] ?? field
  return models[name]?.fields.some((have) => have.name === column && have.kind !== 'object') ?? false
}

/**
 * The fields of the owner that an app sees: `id`, `email`, `name` and `isActive` by these names whatever the schema calls
 * them, all others by their own.
 * @param wanted columns by the names of the schema; by default those four, as far as they are there
 * @throws TypeError on one that there is not
 */
export function shownOwnerFields(client: DescribedClient, wanted: readonly string[] | undefined): readonly string[] {
  if (!client.names.hasOwner) return ['id']
  if (!wanted) return ['id', ...optionalOwnerFields.filter((field) => isOwnerColumn(client, field))]
  return [...new Set(['id', ...wanted.map((column) => shownAs(client, column))])]
}

function shownAs({ models, names }: DescribedClient, column: string): string {
  const { name: model, fields } = names.models.User
  const columns = (models[model]?.fields ?? []).filter(({ kind }) => kind !== 'object').map(({ name }) => name)
  if (!columns.includes(column))
    throw new TypeError(`ownerSelect: the Prisma model ${model} has no column ${misspelt(column, columns)}`)
  const own = Object.keys(fields).find((field) => fields[field] === column)
  if (own === undefined && column in fields)
    throw new TypeError(
      `ownerSelect: the owner's ${column} is ${model}.${fields[column]}, as models.owner has it, so the column ${column} can't be shown beside it.`
    )
  return own ?? column
}

/** The columns, by their names in the database, of which each value is one owner's alone; the id is not among them. */
export function uniqueOwnerColumns({ models, text, names }: DescribedClient): readonly string[] {
  const { name: model, fields } = names.models.User
  const lines = text.lines(model)
  return (models[model]?.fields ?? [])
    .filter(({ name, kind }) => kind !== 'object' && name !== fields['id'] && isUnique(lines, name))
    .map(({ name, dbName }) => dbName ?? name)
}
