import type { Client, Delegate, Models, Row } from './client.js'
import { type KeyModel, typeOfField } from './key-models.js'
import type { ModelNames, NamesOfModel } from './model-names.js'

type Names = ReadonlyMap<string, string>

/** A model's names that differ, in both directions. */
interface Translation {
  readonly toSchema: Names
  readonly fromSchema: Names
}

type Translations = Readonly<Record<KeyModel, Translation>>

const logic = ['AND', 'OR', 'NOT']

/** The name of a model's delegate in a Prisma client. */
const delegateName = (model: string) => model.charAt(0).toLowerCase() + model.slice(1)

/**
 * A client whose models and fields have other names, as the store speaks to it: arguments and rows are translated, also in
 * transactions. One in which nothing is named otherwise comes back as it is.
 */
export function mapClient(client: Client, names: ModelNames): Client {
  const entries = Object.entries(names.models) as [KeyModel, NamesOfModel][]
  const translations = Object.fromEntries(
    entries.map(([model, { fields }]) => [model, translationOf(fields)])
  ) as unknown as Translations
  if (entries.every(([model, { name }]) => name === model && translations[model].toSchema.size === 0)) return client
  const map = (source: Models): Models => {
    const delegates = entries.map(([model, { name }]) => {
      const delegate = Reflect.get(source, delegateName(name)) as Delegate | undefined
      return [delegateName(model), delegate && mapDelegate(delegate, model, translations)]
    })
    const queryRaw: Models['$queryRawUnsafe'] = (sql, ...values) => source.$queryRawUnsafe(sql, ...values)
    return { ...(Object.fromEntries(delegates) as Models), $queryRawUnsafe: queryRaw }
  }
  const transaction = (work: unknown, options?: object) =>
    typeof work === 'function'
      ? client.$transaction((tx) => work(map(tx)) as Promise<unknown>, options)
      : client.$transaction(work as readonly Promise<unknown>[])
  return {
    ...map(client),
    $transaction: transaction as Client['$transaction'],
    $executeRawUnsafe: (sql, ...values) => client.$executeRawUnsafe(sql, ...values),
    $disconnect: () => client.$disconnect()
  }
}

function translationOf(fields: NamesOfModel['fields']): Translation {
  const differing = Object.entries(fields).filter(([own, name]) => own !== name)
  return { toSchema: new Map(differing), fromSchema: new Map(differing.map(([own, name]) => [name, own])) }
}

/** What returns no row is passed on as Prisma's own promise: the list form of `$transaction` takes no other. */
function mapDelegate(delegate: Delegate, model: KeyModel, translations: Translations): Delegate {
  const to = (args: object) => argsToSchema(args, model, translations)
  const from = (row: Row) => rowFromSchema(row, model, translations)
  const orNull = (row: Row | null) => row && from(row)
  return {
    findUnique: async (args) => orNull(await delegate.findUnique(to(args))),
    findFirst: async (args) => orNull(await delegate.findFirst(to(args))),
    findMany: async (args) => (await delegate.findMany(to(args))).map(from),
    create: async (args) => from(await delegate.create(to(args))),
    count: (args) => delegate.count(to(args)),
    createMany: (args) => delegate.createMany(to(args)),
    updateMany: (args) => delegate.updateMany(to(args)),
    deleteMany: (args) => delegate.deleteMany(to(args))
  }
}

/** `select` may hold the owner's; everything else is of the model itself. */
function argsToSchema(args: object, model: KeyModel, translations: Translations): object {
  const { toSchema } = translations[model]
  const translated: Readonly<Record<string, (value: object) => unknown>> = {
    where: (where) => whereToSchema(where, model, translations),
    cursor: (cursor) => mapEntries(cursor, toSchema),
    select: (select) =>
      mapEntries(select, toSchema, (value, field) =>
        isRelation(model, field) && isObject(value) ? argsToSchema(value, 'User', translations) : value
      ),
    data: (data) => each(data, (row) => mapEntries(row, toSchema)),
    orderBy: (orders) => each(orders, (order) => mapEntries(order, toSchema))
  }
  return mapEntries(args, none, (value, name) => (isObject(value) ? (translated[name]?.(value) ?? value) : value))
}

/** What stands beside a column is an operator, with no names in it; beside the relation, a condition of the owner. */
function whereToSchema(where: object, model: KeyModel, translations: Translations): object {
  return mapEntries(where, translations[model].toSchema, (value, name) => {
    if (!isObject(value)) return value
    if (isRelation(model, name)) return whereToSchema(value, 'User', translations)
    return logic.includes(name) ? each(value, (part) => whereToSchema(part, model, translations)) : value
  })
}

function rowFromSchema(row: Row, model: KeyModel, translations: Translations): Row {
  const { fromSchema } = translations[model]
  return mapEntries(row, fromSchema, (value, name) => {
    const own = fromSchema.get(name) ?? name
    return isRelation(model, own) && isObject(value) ? rowFromSchema(value as Row, 'User', translations) : value
  }) as Row
}

const none: Names = new Map()
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const isRelation = (model: KeyModel, field: string) => typeOfField(model, field) === 'relation'

const each = (value: object, change: (one: object) => object): object =>
  Array.isArray(value) ? value.map(change) : change(value)

function mapEntries(object: object, names: Names, change = (value: unknown, _name: string): unknown => value): object {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [names.get(name) ?? name, change(value, name)])
  )
}
