import type { Attribute, Block, Field } from './schema.js'
import { contentOf } from './tokens.js'

type Attributed = Pick<Field | Block, 'attributes'>

export const attribute = ({ attributes }: Attributed, name: string): Attribute | undefined =>
  attributes.find((one) => one.name === name)

const firstString = (found: Attribute | undefined): string | undefined => {
  const token = found?.args.find(({ kind }) => kind === 'string')
  return token && contentOf(token)
}

/** The name in the database of a model's table, or of an enum. */
export const tableOf = (block: Block): string => firstString(attribute(block, 'map')) ?? block.name

/** The schema of PostgreSQL that a model names. */
export const databaseSchemaOf = (block: Block): string | undefined => firstString(attribute(block, 'schema'))

export const columnOf = (field: Field): string => firstString(attribute(field, 'map')) ?? field.name

/** The words in a list of an attribute's: `[a, b(sort: Desc)]`, the first one or the one with this name. */
export function listOf(found: Attribute | undefined, name?: string): string[] {
  const args = found?.args ?? []
  const named = name === undefined ? 0 : args.findIndex(({ text }, at) => text === name && args[at + 1]?.text === ':')
  if (named < 0) return []
  const words: string[] = []
  let depth = 0
  for (const { kind, text } of args.slice(args.findIndex(({ text }, at) => at >= named && text === '[') + 1)) {
    if (text === '(') depth++
    if (text === ')') depth--
    if (text === ']') break
    if (kind === 'word' && depth === 0) words.push(text)
  }
  return words
}

/** The fields that a model's rows are told apart by; empty where it has no id. */
export function idFieldsOf(model: Block): string[] {
  const inBlock = listOf(attribute(model, 'id'))
  return inBlock.length > 0 ? inBlock : model.fields.filter((field) => attribute(field, 'id')).map(({ name }) => name)
}

export const fieldOf = (model: Block, name: string): Field | undefined =>
  model.fields.find((field) => field.name === name)
