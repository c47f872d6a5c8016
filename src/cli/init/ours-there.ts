import { readFileSync } from 'node:fs'
import { typeOfField } from '../../prisma-store/key-models.js'
import { Failure } from '../failure.js'
import type { OurNames } from './our-names.js'
import { type Block, type Field, parseSchema } from './schema.js'
import { attribute, fieldOf, listOf } from './schema-names.js'

/** Fields that a hand-made table of keys hardly has all of. */
const marks = ['keyHash', 'keyPrefix', 'hashAlg', 'usageCount', 'rotatedFromId']

/** keystile's model of keys, whatever it is called; undefined where the schema has none. */
export const keyModelIn = (blocks: readonly Block[]): Block | undefined =>
  blocks.find((block) => block.keyword === 'model' && marks.every((mark) => fieldOf(block, mark)))

/** A model that is keystile's but for some fields: one of an older keystile, or with names of the app's. A table of another origin is not. */
export function nearlyKeyModelIn(blocks: readonly Block[]): Block | undefined {
  const fields = fieldsOf('ApiKey').map(({ name }) => name)
  const has = (block: Block, names: readonly string[]) => names.filter((name) => fieldOf(block, name)).length
  return blocks.find(
    (block) =>
      block.keyword === 'model' && has(block, marks) > marks.length / 2 && has(block, fields) > fields.length * 0.75
  )
}

/** Whom the keys of a model belong to: the relation that its userId is for; undefined where it has none. */
export function ownerNameOf(keyModel: Block): { readonly model: string; readonly idField: string } | undefined {
  for (const { type, attributes } of keyModel.fields) {
    const relation = attribute({ attributes }, 'relation')
    if (!listOf(relation, 'fields').includes('userId')) continue
    return { model: type, idField: listOf(relation, 'references')[0] ?? 'id' }
  }
  return undefined
}

/**
 * Of keystile's models, those that the schema lacks.
 * @throws Failure where one lacks a field, or has one of another type: lines of the app's own file are the app's to change
 */
export function missingModels(blocks: readonly Block[], names: OurNames): string[] {
  return [...names.models].flatMap(([own, name]) => {
    const block = blocks.find((one) => one.keyword === 'model' && one.name === name)
    if (!block) return [own]
    requireFields(block, own)
    requireTypes(block, own)
    return []
  })
}

function requireFields(block: Block, own: string): void {
  // Whether there is a relation is the app's choice.
  const missing = fieldsOf(own).filter((field) => field.name !== 'user' && !fieldOf(block, field.name))
  if (missing.length === 0) return
  throw new Failure(
    'conflict',
    `The model ${placeOf(block)} lacks ${missing.map((field) => field.name).join(', ')}. Nothing was changed. ` +
      'What is there by another name, the option models of createApiKeys has to name, and nothing is to be done here. ' +
      `What is not there: copy the lines from the model ${own} in node_modules/keystile/prisma/models.prisma, then run this again.` +
      (own === 'ApiKey' ? ' Where the model is one of your own: npx keystile init --key-model ApiToken' : '')
  )
}

function requireTypes(block: Block, own: string): void {
  const wrong = fieldsOf(own).flatMap(({ name, type }) => {
    const have = fieldOf(block, name)
    const kind = typeOfField(own, name) ?? type
    if (!have || kind === 'relation') return []
    const isSound = kind === 'id' ? ['String', 'Int', 'BigInt'].includes(have.type) : have.type === kind
    if (isSound && !have.isList) return []
    const wanted = kind === 'id' ? 'String, Int or BigInt' : kind
    return [`${name} is of the type ${have.type}${have.isList ? '[]' : ''} and has to be ${wanted}`]
  })
  if (wrong.length === 0) return
  throw new Failure(
    'conflict',
    `The model ${placeOf(block)} has fields of another type: ${wrong.join('; ')}. Nothing was changed. Change that in the schema, then: npx prisma migrate dev`
  )
}

const placeOf = ({ name, file, line }: Block): string => `${name} (${file}:${line})`

/** The fields of a model as the package has it. */
function fieldsOf(own: string): readonly Field[] {
  const text = readFileSync(new URL('../../../prisma/models.prisma', import.meta.url), 'utf8')
  return parseSchema('prisma/models.prisma', text).find(({ name }) => name === own)?.fields ?? []
}
