import { misspelt } from '../../spelling.js'
import { Failure, misuse } from '../failure.js'
import type { IdColumn } from './our-models.js'
import type { Block } from './schema.js'
import { fieldOf, idFieldsOf } from './schema-names.js'

/** The app's model of those whom keys act for. */
export interface OwnerModel {
  readonly block: Block
  readonly idField: string
  readonly userId: IdColumn
}

const noRelation = 'Keys without a relation take any id of yours: npx keystile init --no-relation'

/**
 * The model of owners.
 * @param wanted its name; `User` by default
 * @throws Failure that says which models there are, or why this one can't be the owner
 */
export function ownerModel(blocks: readonly Block[], wanted: string | undefined): OwnerModel {
  const models = blocks.filter(({ keyword }) => keyword === 'model')
  const block = models.find(({ name }) => name === (wanted ?? 'User'))
  if (!block) throw noOwner(models, wanted)
  const ids = idFieldsOf(block)
  const place = `The model ${block.name} (${block.file}:${block.line})`
  if (ids.length > 1) {
    throw new Failure(
      'unsupported',
      `${place} has an id of several fields (${ids.join(', ')}); a key's owner is one column. ${noRelation}`
    )
  }
  const field = fieldOf(block, ids[0] ?? '')
  if (!field) throw new Failure('unsupported', `${place} has no @id, so keys can't refer to it. ${noRelation}`)
  if (!['String', 'Int', 'BigInt'].includes(field.type)) {
    throw new Failure(
      'unsupported',
      `${place} has an id of the type ${field.type}; keystile knows String, Int and BigInt. ${noRelation}`
    )
  }
  const native = field.attributes.find(({ name }) => name.includes('.'))?.source ?? ''
  return { block, idField: field.name, userId: { type: field.type, native } }
}

function noOwner(models: readonly Block[], wanted: string | undefined): Failure {
  const names = models.map(({ name }) => name)
  if (names.length === 0) return new Failure('not_found', `The schema has no models yet. ${noRelation}`)
  if (wanted !== undefined) return misuse(`--owner-model: the schema has no model ${misspelt(wanted, names)}`)
  return new Failure(
    'not_found',
    `The schema has no model User. Say whose keys they are: npx keystile init --owner-model <model>; there are ${names.join(', ')}. ${noRelation}`
  )
}
