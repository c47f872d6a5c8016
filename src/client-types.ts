import type { Owner } from './api-key.js'
import type { FieldOf, Fields, KeyColumn, NameOf, OwnerField } from './model-option.js'

/** What a generated Prisma client says of a model, read from its delegate's type without importing the client. */
type PayloadOf<Delegate> = Delegate extends { [key: symbol]: { types: { payload: infer Payload } } } ? Payload : never

type KeyPayloadOf<Client, Models> =
  Uncapitalize<NameOf<Models, 'apiKey'>> extends infer Name extends keyof Client ? PayloadOf<Client[Name]> : never

type ScalarsOf<Payload> = Payload extends { scalars: infer Scalars } ? Scalars : never

type RelationsOf<Payload> = Payload extends { objects: infer Objects } ? Objects : never

type At<Object, Name> = Name extends keyof Object ? Object[Name] : never

/** The columns of the owner's row; never where the client's type does not say. */
type OwnerScalars<Client, Models> = ScalarsOf<
  NonNullable<At<RelationsOf<KeyPayloadOf<Client, Models>>, FieldOf<Models, 'apiKey', 'user'>>>
>

/** Whether keys are said to have no relation to an owner. */
type IsOwnerless<Models> = Models extends { readonly owner: false } ? true : false

/** The name by which an app sees a column of its owner's: keystile's own where it has one for it. */
type ShownAs<Models, Column> =
  Column extends FieldOf<Models, 'owner', 'id'>
    ? 'id'
    : Column extends FieldOf<Models, 'owner', 'email'>
      ? 'email'
      : Column extends FieldOf<Models, 'owner', 'name'>
        ? 'name'
        : Column extends FieldOf<Models, 'owner', 'isActive'>
          ? 'isActive'
          : Column & string

/** Columns that can't be shown beside what has their name. */
type Hidden<Models> = {
  [Field in OwnerField]: FieldOf<Models, 'owner', Field> extends Field ? never : Field
}[OwnerField]

type Selectable<Client, Models> = Exclude<
  keyof OwnerScalars<Client, Models>,
  Exclude<Hidden<Models>, FieldOf<Models, 'owner', OwnerField>>
>

/** What `ownerSelect` takes: columns of the owner, as far as the client's type says which there are. */
export type OwnerSelect<Client, Select, Models = unknown> =
  IsOwnerless<Models> extends true
    ? never
    : [OwnerScalars<Client, Models>] extends [never]
      ? Readonly<Record<string, true>>
      : { readonly [Column in Selectable<Client, Models>]?: true } & {
          readonly [Column in keyof Select]: Column extends Selectable<Client, Models> ? true : never
        }

/** Those that are seen unless others are named. */
type ColumnsSeen<Select, Models> = unknown extends Select
  ? FieldOf<Models, 'owner', OwnerField>
  : FieldOf<Models, 'owner', 'id'> | keyof Select

/** The owner as an app sees it, by the type of its Prisma client and the columns that it selected. */
export type OwnerOf<Client, Select, Models = unknown> =
  IsOwnerless<Models> extends true
    ? IdOwner<At<ScalarsOf<KeyPayloadOf<Client, Models>>, FieldOf<Models, 'apiKey', 'userId'>>>
    : [OwnerScalars<Client, Models>] extends [never]
      ? UntypedOwner<Select>
      : {
          readonly [Column in keyof OwnerScalars<Client, Models> as Column extends ColumnsSeen<Select, Models>
            ? ShownAs<Models, Column>
            : never]: OwnerScalars<Client, Models>[Column]
        }

/** Of a client whose type says nothing. */
type UntypedOwner<Select> = unknown extends Select
  ? Owner
  : Owner & { readonly [Column in Exclude<keyof Select, keyof Owner>]: unknown }

type IdOwner<Id> = [Id] extends [never] ? Pick<Owner, 'id'> : { readonly id: NonNullable<Id> }

type Model = Exclude<keyof Fields, 'owner'>

type MissingModel<Client, Models> = {
  [Each in Model]: string extends NameOf<Models, Each>
    ? never
    : Uncapitalize<NameOf<Models, Each>> extends keyof Client
      ? never
      : NameOf<Models, Each>
}[Model]

type MissingColumn<Client, Models> = {
  [Each in KeyColumn]: FieldOf<Models, 'apiKey', Each> extends keyof ScalarsOf<KeyPayloadOf<Client, Models>>
    ? never
    : FieldOf<Models, 'apiKey', Each>
}[KeyColumn]

/** What a client lacks, as a property that it would have to have: that is what the compiler names, with all of them. */
interface Lacks<What extends string> {
  readonly 'keystile: the Prisma schema lacks': What
}

/** Nothing further for a client with all models and columns, or for what is no generated client by its type. */
export type Complete<Client, Models = unknown> = Client extends { $transaction: unknown }
  ? [MissingModel<Client, Models>] extends [never]
    ? [KeyPayloadOf<Client, Models>] extends [never]
      ? unknown
      : [MissingColumn<Client, Models>] extends [never]
        ? unknown
        : Lacks<`the column ${MissingColumn<Client, Models>} of ${NameOf<Models, 'apiKey'>}`>
    : Lacks<`the model ${MissingModel<Client, Models>}`>
  : unknown
