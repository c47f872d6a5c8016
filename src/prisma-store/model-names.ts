import { describeWord } from '../errors.js'
import { misspelt } from '../spelling.js'
import { type KeyModel, keyModels } from './key-models.js'

/** What a Prisma schema calls a model of keystile's, and its fields. */
export interface NamesOfModel {
  readonly name: string
  /** By keystile's names, all that it knows. */
  readonly fields: Readonly<Record<string, string>>
}

/** What a Prisma schema calls keystile's models. */
export interface ModelNames {
  readonly models: Readonly<Record<KeyModel, NamesOfModel>>
  /** False: keys have no relation to an owner's row, and whoever `userId` names is the owner. */
  readonly hasOwner: boolean
}

/** The models by the names of the option `models`. */
const options: Readonly<Record<string, KeyModel>> = {
  owner: 'User',
  apiKey: 'ApiKey',
  apiKeyEvent: 'ApiKeyEvent',
  apiKeyUsage: 'ApiKeyUsage',
  apiKeyForm: 'ApiKeyForm',
  apiKeyFlush: 'ApiKeyFlush'
}

/** The name of the option in which a model can be named. */
export const optionOf = (model: KeyModel): string => (model === 'User' ? 'owner' : `a${model.slice(1)}`)

/**
 * The option `models`, whole: what it does not name has keystile's own name.
 * @throws TypeError
 */
export function parseModels(given: unknown = {}): ModelNames {
  requireObject('models', given, "names of your schema, such as { owner: 'Account' }")
  requireKnown('models', given, Object.keys(options))
  const names = Object.entries(options).map(([option, model]) => [model, parseModel(option, model, given[option])])
  const models = Object.fromEntries(names) as Record<KeyModel, NamesOfModel>
  const hasOwner = given['owner'] !== false
  if (!hasOwner && models.ApiKey.fields['user'] !== 'user')
    throw new TypeError('models.apiKey.fields.user names a relation, and owner: false says that there is none.')
  const known = Object.keys(options).filter((option) => hasOwner || option !== 'owner')
  requireDistinct('models', new Map(known.map((option) => [option, models[options[option] as KeyModel].name])))
  return { models, hasOwner }
}

function parseModel(option: string, model: KeyModel, given: unknown): NamesOfModel {
  const where = `models.${option}`
  const own = Object.fromEntries(Object.keys(keyModels[model]).map((field) => [field, field]))
  if (given === undefined || (given === false && option === 'owner')) return { name: model, fields: own }
  if (typeof given === 'string') return { name: parseName(where, given), fields: own }
  requireObject(where, given, `the name of a model, or { name, fields }`)
  requireKnown(where, given, ['name', 'fields'])
  const { name = model, fields = {} } = given
  requireObject(`${where}.fields`, fields, 'names of fields of your schema')
  requireKnown(`${where}.fields`, fields, Object.keys(own))
  const named = Object.entries(fields).map(([field, value]) => [field, parseName(`${where}.fields.${field}`, value)])
  const all = { ...own, ...(Object.fromEntries(named) as Record<string, string>) }
  requireDistinct(`${where}.fields`, new Map(Object.entries(all)))
  return { name: parseName(`${where}.name`, name), fields: all }
}

function requireObject(where: string, value: unknown, wanted: string): asserts value is Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return
  throw new TypeError(`${where} takes ${wanted}, not ${describeWord(value)}.`)
}

function requireKnown(where: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name))
  if (unknown !== undefined) throw new TypeError(`${where} knows no ${misspelt(unknown, known)}`)
}

/** A name as Prisma's language has them. */
function parseName(where: string, value: unknown): string {
  if (typeof value === 'string' && /^[A-Za-z]\w*$/.test(value)) return value
  const wanted = 'a name of your Prisma schema (a model or a field, not a table or a column)'
  throw new TypeError(`${where} takes ${wanted}, not ${describeWord(value)}.`)
}

function requireDistinct(where: string, names: ReadonlyMap<string, string>): void {
  for (const [one, name] of names)
    for (const [other, same] of names)
      if (one < other && name === same)
        throw new TypeError(`${where}: ${one} and ${other} can't both be ${name}; give one of them another name.`)
}
