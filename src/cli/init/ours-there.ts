import { readFileSync } from 'node:fs'
import { Failure } from '../failure.js'
import type { OurNames } from './our-names.js'
import { type Block, parseSchema } from './schema.js'
import { attribute, fieldOf, listOf } from './schema-names.js'

/** Fields that a hand-made table of keys hardly has all of. */
const marks = ['keyHash', 'keyPrefix', 'hashAlg', 'usageCount', 'rotatedFromId']

/** keystile's model of keys, whatever it is called; undefined where the schema has none. */
export const keyModelIn = (blocks: readonly Block[]): Block | undefined =>
  blocks.find((block) => block.keyword === 'model' && marks.every((mark) => fieldOf(block, mark)))

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
 * @throws Failure where one of an older keystile lacks a field: lines of the app's own file are the app's to change
 */
export function missingModels(blocks: readonly Block[], names: OurNames): string[] {
  const packaged = packagedModels()
  return [...names.models].flatMap(([own, name]) => {
    const block = blocks.find((one) => one.keyword === 'model' && one.name === name)
    if (!block) return [own]
    const fields = packaged.find((one) => one.name === own)?.fields ?? []
    // Whether there is a relation is the app's choice.
    const missing = fields.filter((field) => field.name !== 'user' && !fieldOf(block, field.name))
    if (missing.length === 0) return []
    throw new Failure(
      'conflict',
      `The model ${name} (${block.file}:${block.line}) lacks ${missing.map((field) => field.name).join(', ')}. Nothing was changed. ` +
        'What is there by another name, the option models of createApiKeys has to name, and nothing is to be done here. ' +
        `What is not there: copy the lines from the model ${own} in node_modules/keystile/prisma/models.prisma, then run this again.`
    )
  })
}

function packagedModels(): Block[] {
  const file = 'prisma/models.prisma'
  return parseSchema(file, readFileSync(new URL('../../../prisma/models.prisma', import.meta.url), 'utf8'))
}
