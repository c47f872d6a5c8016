import { misspelt } from '../spelling.js'

/** The little of a Prisma client that the store calls. Generated clients differ in type from app to app. */
export interface Delegate {
  findUnique(args: object): Promise<Row | null>
  findFirst(args: object): Promise<Row | null>
  findMany(args: object): Promise<Row[]>
  count(args: object): Promise<number>
  create(args: object): Promise<Row>
  createMany(args: object): Promise<{ count: number }>
  updateMany(args: object): Promise<{ count: number }>
  deleteMany(args: object): Promise<{ count: number }>
}

export type Row = Readonly<Record<string, unknown>>

export interface Models {
  readonly apiKey: Delegate
  readonly user: Delegate
  readonly apiKeyForm: Delegate
  readonly apiKeyFlush: Delegate
  readonly apiKeyEvent: Delegate
  readonly apiKeyUsage: Delegate
  $queryRawUnsafe(sql: string, ...values: unknown[]): Promise<Row[]>
}

export interface TransactionOptions {
  readonly isolationLevel?: string
  /** Milliseconds after which Prisma ends it. */
  readonly timeout?: number
}

export interface Client extends Models {
  $transaction<T>(work: (tx: Models) => Promise<T>, options?: TransactionOptions): Promise<T>
  $transaction(statements: readonly Promise<unknown>[]): Promise<unknown[]>
  $executeRawUnsafe(sql: string, ...values: unknown[]): Promise<number>
  $disconnect(): Promise<void>
  /** With an extension for read replicas: the client that asks none of them. */
  $primary?(): Client
}

export type Provider = 'sqlite' | 'postgresql'

/** A model as a generated client describes it at run time. */
interface DataModel {
  readonly dbName: string | null
  readonly schema?: string | null
  readonly fields: readonly {
    readonly name: string
    readonly kind: string
    readonly type: string
    readonly dbName?: string
  }[]
}

export type DataModels = Readonly<Record<string, DataModel>>

/** What the store has to know of a client before it works with it. */
export interface ClientShape {
  readonly provider: Provider
  /** Quoted name of a model's table. */
  table(model: string): string
  /** Quoted name of a field's column. */
  column(model: string, field: string): string
  /** The type of a key's id in the Prisma schema: `String`, `Int` or `BigInt`. */
  readonly keyIdType: string
  /** The type of an owner's id in the Prisma schema: `String`, `Int` or `BigInt`. */
  readonly ownerIdType: string
  /** The fields of the owner that an app sees: those that it named, else those of the allow-list that its model has. */
  readonly ownerFields: readonly string[]
  /** These, and what a verdict depends on. */
  readonly ownerReads: readonly string[]
  /** Whether owners can be found by their email. */
  readonly hasEmail: boolean
}

const needed: Record<string, readonly string[]> = {
  ApiKey: [
    'id',
    'userId',
    'user',
    'name',
    'keyHash',
    'keyPrefix',
    'hashAlg',
    'scopes',
    'isActive',
    'lastUsedAt',
    'lastUsedIp',
    'usageCount',
    'expiresAt',
    'revokedAt',
    'revokedReason',
    'rotatedFromId',
    'metadata',
    'allowedIps',
    'rateLimit',
    'createdAt',
    'updatedAt'
  ],
  ApiKeyForm: ['id', 'prefix', 'alphabet', 'minLength', 'maxLength', 'hashAlg', 'shownLength'],
  ApiKeyFlush: ['instanceId', 'seq', 'flushedAt'],
  ApiKeyEvent: ['id', 'type', 'apiKeyId', 'ownerId', 'actor', 'ip', 'changes', 'createdAt'],
  ApiKeyUsage: ['apiKeyId', 'hour', 'allowed', 'denied'],
  User: ['id']
}

/** The fields of each model that have a column, which relations have not. */
export const neededColumns = (): (readonly [model: string, fields: readonly string[]])[] =>
  Object.entries(needed).map(([model, fields]) => [model, fields.filter((field) => field !== 'user')])

const shownOwnerFields = ['id', 'email', 'name', 'isActive']

/**
 * Looks at a client before anything is asked of it.
 * @param wanted the fields of the owner that an app wants to see
 * @throws TypeError that names the missing model or field and says what to do
 */
export function inspectClient(client: object, wanted?: readonly string[]): ClientShape {
  const {
    _activeProvider: provider,
    _runtimeDataModel: model,
    _engineConfig: engine
  } = client as {
    _activeProvider?: string
    _runtimeDataModel?: { readonly models: DataModels }
    _engineConfig?: { readonly adapter?: { readonly options?: { readonly schema?: string } } }
  }
  if (typeof provider !== 'string' || !model?.models) {
    throw new TypeError(
      'createApiKeys({ prisma }) needs an instance of a generated PrismaClient (Prisma 7): new PrismaClient({ adapter }).'
    )
  }
  if (provider !== 'sqlite' && provider !== 'postgresql') {
    throw new TypeError(`createApiKeys({ prisma }) works with SQLite and PostgreSQL; this client is for ${provider}.`)
  }
  for (const [name, fields] of Object.entries(needed)) {
    const found = model.models[name]
    if (!found)
      throw new TypeError(
        `The Prisma schema has no model ${name}. Add keystile's models to it (prisma/models.prisma in the package), then run "prisma migrate dev".`
      )
    const missing = fields.filter((field) => !found.fields.some((have) => have.name === field))
    if (missing.length > 0) {
      throw new TypeError(
        `The Prisma model ${name} lacks ${missing.join(', ')}. Add it as in prisma/models.prisma of the package, then run "prisma migrate dev".`
      )
    }
  }
  // Prisma asks by name for the model's schema, else the adapter's, else public; a connection's search_path may lead elsewhere.
  const schemaOf = (name: string) => model.models[name]?.schema ?? engine?.adapter?.options?.schema ?? 'public'
  const fieldsOf = (name: string) => model.models[name]?.fields ?? []
  const isOwnerColumn = (name: string) =>
    fieldsOf('User').some((field) => field.name === name && field.kind !== 'object')
  const unknown = wanted?.find((name) => !isOwnerColumn(name))
  if (unknown !== undefined) {
    const columns = fieldsOf('User').filter(({ kind }) => kind !== 'object')
    throw new TypeError(
      `ownerSelect: the Prisma model User has no column ${misspelt(
        unknown,
        columns.map(({ name }) => name)
      )}`
    )
  }
  const ownerFields = wanted ? [...new Set(['id', ...wanted])] : shownOwnerFields.filter(isOwnerColumn)
  return {
    provider,
    table: (name) => {
      const table = quote(model.models[name]?.dbName ?? name)
      return provider === 'postgresql' ? `${quote(schemaOf(name))}.${table}` : table
    },
    column: (name, field) => quote(fieldsOf(name).find((have) => have.name === field)?.dbName ?? field),
    keyIdType: fieldsOf('ApiKey').find(({ name }) => name === 'id')?.type ?? 'String',
    ownerIdType: fieldsOf('ApiKey').find(({ name }) => name === 'userId')?.type ?? 'String',
    ownerFields,
    ownerReads: [...new Set([...ownerFields, ...(isOwnerColumn('isActive') ? ['isActive'] : [])])],
    hasEmail: isOwnerColumn('email')
  }
}

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}
