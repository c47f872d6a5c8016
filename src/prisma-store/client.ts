import type { Provider } from '../sql-names.js'
import type { KeyModel } from './key-models.js'
import type { ModelNames } from './model-names.js'

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

/** A model as a generated client describes it at run time. */
export interface DataModel {
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

/** What the store has to know of a client before it works with it. Models and fields go by keystile's own names. */
export interface ClientShape {
  readonly provider: Provider
  /** What the client's schema calls them. */
  readonly names: ModelNames
  /** Quoted name of a model's table. */
  table(model: KeyModel): string
  /** Quoted name of a field's column. */
  column(model: KeyModel, field: string): string
  /** A field that has one value of one of Prisma's own types; undefined where it may have anything else. */
  plainColumn(model: KeyModel, field: string): PlainColumn | undefined
  /** Whether a field's column is of the type for texts that the database compares them by. */
  isTextual(model: KeyModel, field: string): boolean
  /** What values a field with an id has. */
  idType(model: KeyModel, field: string): IdType
  /** The fields of the owner that an app sees, as it sees them: those that it named, else those of the allow-list that its model has. */
  readonly ownerFields: readonly string[]
  /** These, and what a verdict depends on. */
  readonly ownerReads: readonly string[]
  /** The names, not quoted, of the columns by which another row can take an owner's place; without its id. */
  readonly uniqueOwnerColumns: readonly string[]
  /** Whether owners can be found by their email. */
  readonly hasEmail: boolean
}

/** `Uuid` is text that has to be one. */
export type IdType = 'String' | 'Uuid' | 'Int' | 'BigInt'

export interface PlainColumn {
  /** `String`, `Boolean`, ... */
  readonly type: string
  readonly isOptional: boolean
}

/**
 * Whether nothing stands between what is asked of a client and what it asks the database: an extension may hide rows, or
 * make up fields.
 */
export function isUnextended(client: object): boolean {
  const { _extensions: extensions } = client as { _extensions?: { isEmpty?(): unknown } }
  return typeof extensions?.isEmpty === 'function' && extensions.isEmpty() === true
}
