/** Fields of the owner's row that keystile knows. */
export type OwnerField = 'id' | 'email' | 'name' | 'isActive'

/** Those of a key, but for the relation to its owner. */
export type KeyColumn =
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

/** The models that can be named, with their fields. */
export interface Fields {
  readonly owner: OwnerField
  readonly apiKey: KeyColumn | 'user'
  readonly apiKeyEvent: 'id' | 'type' | 'apiKeyId' | 'ownerId' | 'actor' | 'ip' | 'changes' | 'createdAt'
  readonly apiKeyUsage: 'apiKeyId' | 'hour' | 'allowed' | 'denied'
  readonly apiKeyForm: 'id' | 'prefix' | 'alphabet' | 'minLength' | 'maxLength' | 'hashAlg' | 'shownLength'
  readonly apiKeyFlush: 'instanceId' | 'seq' | 'flushedAt'
}

/** A model's name in the schema, or its name and those of its fields. */
type Naming<Field extends string> =
  | string
  | { readonly name?: string; readonly fields?: { readonly [Name in Field]?: string } }

/** What a Prisma schema calls keystile's models and fields. */
export type ModelsOption<Given = unknown> = {
  readonly [Model in keyof Fields]?: Naming<Fields[Model]> | (Model extends 'owner' ? false : never)
} & Known<Given>

/** What a literal has beyond what there is must be never: intersections take any further property. */
type Known<Given> = {
  readonly [Model in keyof Given]: Model extends keyof Fields ? KnownNaming<Given[Model], Model> : never
}

type KnownNaming<Given, Model extends keyof Fields> = Given extends string
  ? unknown
  : Given extends false
    ? Model extends 'owner'
      ? unknown
      : never
    : Given extends object
      ? { readonly [Key in keyof Given]: KnownNames<Key, Given[Key], Fields[Model]> }
      : never

type KnownNames<Key, Given, Field> = Key extends 'name'
  ? unknown
  : Key extends 'fields'
    ? { readonly [Name in keyof Given]: Name extends Field ? unknown : never }
    : never

type GivenFor<Models, Model extends string> = Model extends keyof Models ? Models[Model] : undefined

/** What a schema calls one of keystile's models. */
export type NameOf<Models, Model extends keyof Fields> =
  GivenFor<Models, Model> extends infer Given
    ? Given extends string
      ? Given
      : Given extends { readonly name: infer Name extends string }
        ? Name
        : Model extends 'owner'
          ? 'User'
          : Capitalize<Model>
    : never

/** What a schema calls a field of one of them. */
export type FieldOf<Models, Model extends keyof Fields, Field extends string> =
  GivenFor<Models, Model> extends { readonly fields: infer Names }
    ? Field extends keyof Names
      ? Names[Field] extends string
        ? Names[Field]
        : Field
      : Field
    : Field
