import type { WatchedTables } from '../../change-feed.js'
import { watchedKeyFields } from '../../prisma-store/key-models.js'
import { misspelt } from '../../spelling.js'
import { Failure, misuse } from '../failure.js'
import { keyModelIn, nearlyKeyModelIn, ownerNameOf } from './ours-there.js'
import type { Block, Field } from './schema.js'
import { attribute, columnOf, databaseSchemaOf, fieldOf, listOf, tableOf } from './schema-names.js'

/** What an app sees of an owner unless it says otherwise. */
const usualOwnerFields = ['email', 'name', 'isActive']

export interface WatchedSchema {
  readonly tables: WatchedTables
  /** The schema of PostgreSQL that they are in, where the project names schemas. */
  readonly databaseSchema: string | undefined
}

/**
 * The tables and columns, by their names in the database, of which every change has to be told.
 * @param ownerColumns the fields of owners that the app selects; by default those that it sees anyway
 * @throws Failure
 */
export function watchedTables(blocks: readonly Block[], ownerColumns: readonly string[] | undefined): WatchedSchema {
  const keys = keyModelIn(blocks) ?? nearlyKeyModelIn(blocks)
  if (!keys)
    throw new Failure(
      'not_found',
      "The schema has no models of keystile's. Add them first: npx keystile init; where they have fields with names of yours, keystile.config.ts has to say which. A database of keystile's own gets its triggers from: npx keystile migrate"
    )
  const columns = (names: readonly string[]) =>
    names.map((name) => columnOf(fieldOf(keys, name) ?? missing(keys, name)))
  return {
    tables: {
      keys: tableOf(keys),
      keyId: columns(['id'])[0] ?? 'id',
      keyColumns: columns(watchedKeyFields),
      uniqueKeyColumns: columns(['keyHash', 'rotatedFromId']),
      ...watchedOwner(keys, blocks, ownerColumns)
    },
    databaseSchema: databaseSchemaOf(keys)
  }
}

type WatchedOwner = Pick<WatchedTables, 'owners' | 'ownerId' | 'ownerColumns' | 'uniqueOwnerColumns'>

function watchedOwner(keys: Block, blocks: readonly Block[], wanted: readonly string[] | undefined): WatchedOwner {
  const link = ownerNameOf(keys)
  const owner = link && blocks.find(({ name }) => name === link.model)
  if (!owner) {
    if (wanted) throw misuse(`--owner-columns: the keys of ${keys.name} have no relation to a model of owners.`)
    return { owners: null, ownerId: 'id', ownerColumns: [], uniqueOwnerColumns: [] }
  }
  const stored = owner.fields.filter((field) => isColumn(field, blocks))
  const names = stored.map(({ name }) => name)
  const unknown = wanted?.find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw misuse(`--owner-columns: the model ${owner.name} has no column ${misspelt(unknown, names)}`)
  // Whether an owner is active is read whatever the app selects. In the order of the app's keys, so that both ways agree.
  const watched = [...new Set([link.idField, ...(wanted ?? usualOwnerFields), 'isActive'])]
  return {
    owners: tableOf(owner),
    ownerId: columnOf(fieldOf(owner, link.idField) ?? missing(owner, link.idField)),
    ownerColumns: watched.flatMap((name) => stored.filter((field) => field.name === name).map(columnOf)),
    uniqueOwnerColumns: stored.filter(({ name }) => name !== link.idField && isUnique(owner, name)).map(columnOf)
  }
}

/** Relations and lists of models are no columns, nor is what the client leaves out. */
const isColumn = (field: Field, blocks: readonly Block[]): boolean =>
  !attribute(field, 'ignore') &&
  !blocks.some(({ keyword, name }) => (keyword === 'model' || keyword === 'view') && name === field.type)

/** Whether a value of this field alone names one row. */
function isUnique(model: Block, field: string): boolean {
  const isMarked = ['unique', 'id'].some((name) => fieldOf(model, field)?.attributes.some((one) => one.name === name))
  const lists = model.attributes.filter(({ name }) => name === 'unique' || name === 'id').map((one) => listOf(one))
  return isMarked || lists.some((list) => list.length === 1 && list[0] === field)
}

function missing({ name, file, line }: Block, field: string): never {
  throw new Failure(
    'conflict',
    `The model ${name} (${file}:${line}) lacks ${field}. Where it has another name there, keystile.config.ts has to say which (the option models of createApiKeys); else see: npx keystile init`
  )
}
