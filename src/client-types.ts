import type { Owner } from './api-key.js'
import type { FieldOf, Fields, NameOf, OwnerField } from './model-option.js'

/** What a generated Prisma client says of a model, read from its delegate's type without importing the client. */
type PayloadOf<Delegate> = Delegate extends { [key: symbol]: { types: { payload: infer Payload } } } ? Payload : never

type PayloadIn<Client, Models, Model extends keyof Fields> =
  Uncapitalize<NameOf<Models, Model>> extends infer Name extends keyof Client ? PayloadOf<Client[Name]> : never

type KeyPayloadOf<Client, Models> = PayloadIn<Client, Models, 'apiKey'>

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
          readonly [Column in keyof Select]: Column extends Selectable<Client, Models>
            ? true
            : Lacks<`the column ${Column & string} of the owner`>
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

/** Those that have to be there, by the option `models`. */
type Model<Models> = IsOwnerless<Models> extends true ? Exclude<keyof Fields, 'owner'> : keyof Fields

/** What is not known is not missing: names that are no literals, and clients whose type says nothing of a model. */
type MissingModel<Client, Models> = {
  [Each in Model<Models>]: string extends NameOf<Models, Each>
    ? never
    : Uncapitalize<NameOf<Models, Each>> extends keyof Client
      ? never
      : `model ${NameOf<Models, Each>}`
}[Model<Models>]

/** An owner need only have an id, and what it is said to have. */
type NeededField<Models, Each extends keyof Fields> = Each extends 'owner'
  ? {
      [Field in OwnerField]: Field extends 'id' ? Field : FieldOf<Models, Each, Field> extends Field ? never : Field
    }[OwnerField]
  : Exclude<Fields[Each], 'user'>

type MissingOf<Client, Models, Each extends keyof Fields> = [PayloadIn<Client, Models, Each>] extends [never]
  ? never
  : {
      [Field in NeededField<Models, Each>]: string extends FieldOf<Models, Each, Field>
        ? never
        : FieldOf<Models, Each, Field> extends keyof ScalarsOf<PayloadIn<Client, Models, Each>>
          ? never
          : `column ${FieldOf<Models, Each, Field>} of ${NameOf<Models, Each>}`
    }[NeededField<Models, Each>]

type MissingColumn<Client, Models> = { [Each in Model<Models>]: MissingOf<Client, Models, Each> }[Model<Models>]

type MissingRelation<Client, Models> =
  IsOwnerless<Models> extends true
    ? never
    : [KeyPayloadOf<Client, Models>] extends [never]
      ? never
      : FieldOf<Models, 'apiKey', 'user'> extends infer Relation extends string
        ? string extends Relation
          ? never
          : Relation extends keyof RelationsOf<KeyPayloadOf<Client, Models>>
            ? never
            : `relation ${Relation} of ${NameOf<Models, 'apiKey'>}`
        : never

/** What a client lacks, as a property that it would have to have: that is what the compiler names, with all of them. */
interface Lacks<What extends string> {
  readonly 'keystile: the Prisma schema lacks': What
}

/**
 * Nothing further for a client with all models and columns, or for what is no generated client by its type. The texts are put together here, since
 * the compiler shows a union by the name of the type that made it.
 */
export type Complete<Client, Models = unknown> = Client extends { $transaction: unknown }
  ? [MissingModel<Client, Models>] extends [never]
    ? [MissingColumn<Client, Models> | MissingRelation<Client, Models>] extends [never]
      ? unknown
      : Lacks<`the ${MissingColumn<Client, Models> | MissingRelation<Client, Models>}`>
    : Lacks<`the ${MissingModel<Client, Models>}`>
  : unknown
