import { type Provider, quote } from '../sql-names.js'
import type { ClientShape, DataModels, IdType } from './client.js'
import type { KeyModel } from './key-models.js'
import { requireModels } from './model-check.js'
import { type ModelNames, parseModels } from './model-names.js'
import { isOwnerColumn, shownOwnerFields, uniqueOwnerColumns } from './owner-columns.js'
import { isOptional, isSingle, isTextual, isUuid, readSchemaText } from './schema-text.js'

interface Wanted {
  /** The columns of the owner that an app wants to see, by the names of its schema. */
  readonly ownerSelect?: readonly string[] | undefined
  /** What the schema calls keystile's models. */
  readonly names?: ModelNames
}

/** What a generated client says of itself. */
interface GeneratedClient {
  readonly _activeProvider?: string
  readonly _runtimeDataModel?: { readonly models: DataModels }
  readonly _engineConfig?: {
    readonly inlineSchema?: string
    readonly adapter?: { readonly options?: { readonly schema?: string } }
  }
}

/**
 * Looks at a client before anything is asked of it.
 * @throws TypeError that names the missing model or field and says what to do
 */
export function inspectClient(client: object, { ownerSelect, names = parseModels() }: Wanted = {}): ClientShape {
  const { _activeProvider: provider, _runtimeDataModel: data, _engineConfig: engine } = client as GeneratedClient
  if (typeof provider !== 'string' || !data?.models) {
    throw new TypeError(
      'createApiKeys({ prisma }) needs an instance of a generated PrismaClient (Prisma 7): new PrismaClient({ adapter }).'
    )
  }
  requireSupported(provider)
  const text = readSchemaText(engine?.inlineSchema)
  const described = { models: data.models, text, names }
  requireModels(described)
  const modelOf = (model: KeyModel) => data.models[names.models[model].name]
  const nameOf = (model: KeyModel, field: string) => names.models[model].fields[field] ?? field
  const fieldOf = (model: KeyModel, field: string) =>
    modelOf(model)?.fields.find(({ name }) => name === nameOf(model, field))
  // Prisma asks by name for the model's schema, else the adapter's, else public; a connection's search_path may lead elsewhere.
  const schemaOf = (model: KeyModel) => modelOf(model)?.schema ?? engine?.adapter?.options?.schema ?? 'public'
  const ownerFields = shownOwnerFields(described, ownerSelect)
  const hasIsActive = names.hasOwner && isOwnerColumn(described, 'isActive')
  return {
    provider,
    names,
    table(model) {
      const { name } = names.models[model]
      const table = quote(modelOf(model)?.dbName ?? name)
      return provider === 'postgresql' ? `${quote(schemaOf(model))}.${table}` : table
    },
    column: (model, field) => quote(fieldOf(model, field)?.dbName ?? nameOf(model, field)),
    plainColumn(model, field) {
      const line = text.field(names.models[model].name, nameOf(model, field))
      const have = fieldOf(model, field)
      const isPlain = have?.kind === 'scalar' && line !== undefined && isSingle(line)
      return isPlain ? { type: have.type, isOptional: isOptional(line) } : undefined
    },
    isTextual: (model, field) => isTextual(text.field(names.models[model].name, nameOf(model, field))),
    idType(model, field) {
      const isText = isUuid(text.field(names.models[model].name, nameOf(model, field)))
      return isText ? 'Uuid' : ((fieldOf(model, field)?.type ?? 'String') as IdType)
    },
    ownerFields,
    ownerReads: [...new Set([...ownerFields, ...(hasIsActive ? ['isActive'] : [])])],
    uniqueOwnerColumns: names.hasOwner ? uniqueOwnerColumns(described) : [],
    hasEmail: names.hasOwner && isOwnerColumn(described, 'email')
  }
}

function requireSupported(provider: string): asserts provider is Provider {
  if (provider === 'sqlite' || provider === 'postgresql') return
  throw new TypeError(`createApiKeys({ prisma }) works with SQLite and PostgreSQL; this client is for ${provider}.`)
}
