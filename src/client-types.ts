import type { Owner } from './api-key.js'

/** What a generated Prisma client says of a model, read from its delegate's type without importing the client. */
type PayloadOf<Delegate> = Delegate extends { [key: symbol]: { types: { payload: infer Payload } } } ? Payload : never

type KeyPayloadOf<Client> = Client extends { readonly apiKey: infer Delegate } ? PayloadOf<Delegate> : never

type ScalarsOf<Payload> = Payload extends { scalars: infer Scalars } ? Scalars : never

/** The columns of the owner's row; never where the client's type does not say. */
type OwnerScalars<Client> =
  KeyPayloadOf<Client> extends { objects: { user: infer Payload } } ? ScalarsOf<NonNullable<Payload>> : never

/** What `ownerSelect` takes: columns of the owner, as far as the client's type says which there are. */
export type OwnerSelect<Client, Select> = [OwnerScalars<Client>] extends [never]
  ? Readonly<Record<string, true>>
  : { readonly [Column in keyof OwnerScalars<Client>]?: true } & {
      readonly [Column in keyof Select]: Column extends keyof OwnerScalars<Client> ? true : never
    }

/** Those that are seen unless others are named. */
type UsualColumn = 'id' | 'email' | 'name' | 'isActive'

/** The owner as an app sees it, by the type of its Prisma client and the columns that it selected. */
export type OwnerOf<Client, Select> = [OwnerScalars<Client>] extends [never]
  ? Owner
  : Readonly<
      Pick<
        OwnerScalars<Client>,
        keyof OwnerScalars<Client> & (unknown extends Select ? UsualColumn : 'id' | keyof Select)
      >
    >

type KeyColumn =
  | 'id'
  | 'userId'
  | 'name'
  | 'keyHash'
  | 'keyPrefix'
  | 'hashAlg'
  | 'scopes'
  | 'isActive'
  | 'lastUsedAt'
  | 'lastUsedIp'
  | 'usageCount'
  | 'expiresAt'
  | 'revokedAt'
  | 'revokedReason'
  | 'rotatedFromId'
  | 'metadata'
  | 'allowedIps'
  | 'rateLimit'
  | 'createdAt'
  | 'updatedAt'

type Model = 'apiKey' | 'apiKeyEvent' | 'apiKeyUsage' | 'apiKeyForm' | 'apiKeyFlush'

/** What a client lacks, as a property that it would have to have: that is what the compiler names, with all of them. */
interface Lacks<What extends string> {
  readonly 'keystile: the Prisma schema lacks': What
}

/** Nothing further for a client with all models and columns, or for what is no generated client by its type. */
export type Complete<Client> = Client extends { $transaction: unknown }
  ? [Exclude<Model, keyof Client>] extends [never]
    ? [KeyPayloadOf<Client>] extends [never]
      ? unknown
      : [Exclude<KeyColumn, keyof ScalarsOf<KeyPayloadOf<Client>>>] extends [never]
        ? unknown
        : Lacks<`the column ${Exclude<KeyColumn, keyof ScalarsOf<KeyPayloadOf<Client>>>} of ApiKey`>
    : Lacks<`the model ${Capitalize<Exclude<Model, keyof Client>>}`>
  : unknown
