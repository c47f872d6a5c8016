import { hintOf } from '../spelling.js'
import type { DataModel, DataModels } from './client.js'
import { type KeyModel, keyModels, optionalOwnerFields, typeOfField } from './key-models.js'
import { type ModelNames, optionOf } from './model-names.js'
import { isUnique, referencesOf, requiredFields, type SchemaText } from './schema-text.js'

/** A client's models, and what keystile's are called among them. */
export interface DescribedClient {
  readonly models: DataModels
  readonly text: SchemaText
  readonly names: ModelNames
}

const howToAdd = 'Run "npx keystile init", then "npx prisma migrate dev".'

/**
 * Compares the models of a client with those that the store works with.
 * @throws TypeError that names what is missing or wrong and says what to do
 */
export function requireModels(client: DescribedClient): void {
  const wanted = Object.keys(keyModels) as KeyModel[]
  for (const model of wanted.filter((model) => client.names.hasOwner || model !== 'User')) requireModel(client, model)
  requireUniqueAndComplete(client)
  if (client.names.hasOwner) requireRelation(client)
}

function requireModel(client: DescribedClient, model: KeyModel): void {
  const { name, fields } = client.names.models[model]
  const found = client.models[name]
  if (!found) throw new TypeError(missingModel(client, model))
  const wanted = Object.entries(fields).filter(([field]) => client.names.hasOwner || field !== 'user')
  const has = (name: string) => found.fields.some((have) => have.name === name)
  const missing = wanted.filter(([field, name]) => !has(name) && !(isOptional(model, field) && field === name))
  if (missing.length > 0) throw new TypeError(missingFields(client, model, missing))
  for (const [field, own] of wanted) {
    const have = found.fields.find((have) => have.name === own)
    // What an owner's columns are is the app's affair, but for those that a verdict depends on or that it named itself.
    const isTheirs = isOptional(model, field) && field === own && field !== 'isActive'
    if (have && !isTheirs)
      requireType(`${name}.${own}${own === field ? '' : ` (${field})`}`, typeOfField(model, field), have)
  }
}

const isOptional = (model: KeyModel, field: string) => model === 'User' && optionalOwnerFields.includes(field)

function missingModel({ models, names }: DescribedClient, model: KeyModel): string {
  const { name } = names.models[model]
  const option = optionOf(model)
  const known = Object.keys(models)
  // Who owns keys is a model of the app's: keystile init adds none.
  const advice = model === 'User' ? `It has ${known.join(', ') || 'none'}.` : howToAdd
  if (name !== model)
    return `The Prisma schema has no model ${name}, which models.${option} names for ${model}${hintOf(name, known)} ${advice}`
  const keys = names.models.ApiKey
  const owner = models[keys.name]?.fields.find((field) => field.name === keys.fields['user'])?.type
  const hint =
    model === 'User' && owner && owner !== model
      ? `${keys.name}.${keys.fields['user']} leads to ${owner}: say models: { owner: '${owner}' }.`
      : `${advice} Where it has another name: models: { ${option}: '...' }.`
  return `The Prisma schema has no model ${model}. ${hint}`
}

function missingFields({ models, names }: DescribedClient, model: KeyModel, missing: [string, string][]): string {
  const { name } = names.models[model]
  const shown = missing.map(([field, own]) => (field === own ? own : `${own} (${field} in models.${optionOf(model)})`))
  const [field = '', own = ''] = missing[0] ?? []
  const has = models[name]?.fields.map((have) => have.name) ?? []
  const guess = field === own ? '.' : hintOf(own, has)
  const relation = missing.some(([field]) => field === 'user')
    ? ' It is the relation to the owner of a key; where keys are to have none: models: { owner: false }.'
    : ''
  return `The Prisma model ${name} lacks ${shown.join(', ')}${guess} ${howToAdd}${relation}`
}

function requireType(shown: string, wanted: string | undefined, { kind, type }: DataModel['fields'][number]): void {
  if (wanted === 'relation') {
    if (kind !== 'object') throw new TypeError(`${shown} has to be the relation to the owner, and is a column.`)
    return
  }
  if (kind === 'object') throw new TypeError(`${shown} has to be a column, and is a relation to ${type}.`)
  const sound = wanted === 'id' ? ['String', 'Int', 'BigInt'].includes(type) : type === wanted
  if (!sound)
    throw new TypeError(
      `${shown} is of the type ${type}, and has to be ${wanted === 'id' ? 'String, Int or BigInt' : wanted}.`
    )
}

/** Fields that the store leaves to their defaults when it makes a row. */
const left = ['id', 'isActive', 'usageCount']

/** What only the schema's text says; without it, the database does, at the first use. */
function requireUniqueAndComplete({ text, names }: DescribedClient): void {
  const { name, fields } = names.models.ApiKey
  const lines = text.lines(name)
  if (lines.length === 0) return
  for (const field of ['id', 'keyHash', 'rotatedFromId'])
    if (!isUnique(lines, fields[field] ?? field))
      throw new TypeError(
        `${name}.${fields[field]} has to be @unique in the Prisma schema. Add that, then run "npx prisma migrate dev".`
      )
  for (const model of Object.keys(keyModels) as KeyModel[]) {
    const { name, fields } = names.models[model]
    const filled = Object.keys(fields).flatMap((field) => (left.includes(field) ? [] : (fields[field] ?? [])))
    const stranger = requiredFields(text.lines(name)).find((field) => !filled.includes(field))
    if (model !== 'User' && stranger !== undefined)
      throw new TypeError(
        `${name}.${stranger} is a column that keystile does not fill: make it optional, or give it a @default. Then run "npx prisma migrate dev".`
      )
  }
}

/** That the relation leads to the owner's model, and to the field that is the owner's id. */
function requireRelation({ models, text, names }: DescribedClient): void {
  const [keys, owner] = [names.models.ApiKey, names.models.User]
  const relation = `${keys.name}.${keys.fields['user']}`
  const fieldOf = (model: string, field = '') => models[model]?.fields.find(({ name }) => name === field)
  const target = fieldOf(keys.name, keys.fields['user'])?.type
  if (target !== owner.name)
    throw new TypeError(
      `${relation} leads to ${target}, and models.owner is ${owner.name}: say models: { owner: '${target}' }.`
    )
  const references = referencesOf(text.field(keys.name, keys.fields['user'] ?? '') ?? '')
  const userId = fieldOf(keys.name, keys.fields['userId'])?.type
  const id = fieldOf(owner.name, owner.fields['id'])?.type
  const referred = references?.[0]
  if (references ? references.length !== 1 || referred !== owner.fields['id'] : userId !== id)
    throw new TypeError(
      `${relation} leads to ${owner.name}.${referred ?? 'another field'}, and the owner's id is ${owner.name}.${owner.fields['id']}: say models: { owner: { name: '${owner.name}', fields: { id: '${referred ?? '...'}' } } }.`
    )
}
