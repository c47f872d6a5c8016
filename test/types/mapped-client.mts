// An app whose schema has other names than keystile: the types follow the option `models`.
import { type ApiKeys, createApiKeys } from 'keystile'
import type { PrismaClient as OfAccounts } from './account/client.js'
import type { PrismaClient as Ownerless } from './ownerless/client.js'
import type { PrismaClient as Renamed } from './renamed/client.js'
import { renamedModels } from './renamed-models.mjs'

/** Compiles only where both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(proof: Same<A, B>): boolean => proof

declare const prisma: OfAccounts
declare const renamed: Renamed
declare const ownerless: Ownerless

const models = {
  owner: { name: 'Account', fields: { id: 'uuid' } },
  apiKey: { fields: { userId: 'accountId', user: 'account', keyHash: 'hashed' } }
} as const

// The id is `id`, of the type that the field of another name has.
const usual = createApiKeys({ prisma, models })
export const usualOwner = usual.verify('sk_').then(({ owner }) => {
  same<keyof typeof owner, 'id' | 'email' | 'name'>(true)
  same<typeof owner.id, number>(true)
  // @ts-expect-error it goes by `id`
  return owner.uuid
})

// The same, written in place.
const inPlace = createApiKeys({
  prisma,
  models: {
    owner: { name: 'Account', fields: { id: 'uuid', name: 'email', email: 'name' } },
    apiKey: { fields: { userId: 'accountId', user: 'account', keyHash: 'hashed' } }
  },
  ownerSelect: { plan: true, name: true },
  isOwnerActive: (owner) => owner.plan === 'pro' && owner.id > 0,
  effectiveScopes: (owner) => (owner.email === null ? [] : ['reports:read'])
})
export const inPlaceOwner = inPlace.verify('sk_').then(({ owner }) => {
  same<keyof typeof owner, 'id' | 'plan' | 'email'>(true)
  same<typeof owner.email, string | null>(true)
  return same<typeof owner.plan, 'free' | 'pro'>(true)
})

// @ts-expect-error the column emial is not there
createApiKeys({ prisma, models, ownerSelect: { emial: true } })
// @ts-expect-error the column keyHash of ApiKey is not there, without the mapping
createApiKeys({ prisma, models: { owner: 'Account', apiKey: { fields: { userId: 'accountId', user: 'account' } } } })
// @ts-expect-error the column hsahed of ApiKey is misspelt
createApiKeys({ prisma, models: { ...models, apiKey: { fields: { ...models.apiKey.fields, keyHash: 'hsahed' } } } })
// @ts-expect-error the model Token is not there
createApiKeys({ prisma, models: { ...models, apiKey: 'Token' } })
// @ts-expect-error the model Acount is not there
createApiKeys({ prisma, models: { ...models, owner: { ...models.owner, name: 'Acount' } } })
// @ts-expect-error the column uid of the owner is misspelt
createApiKeys({ prisma, models: { ...models, owner: { name: 'Account', fields: { id: 'uid' } } } })
// @ts-expect-error the column mail of the owner is not there
createApiKeys({ prisma, models: { ...models, owner: { name: 'Account', fields: { id: 'uuid', email: 'mail' } } } })
// @ts-expect-error keystile has no such model
createApiKeys({ prisma, models: { ...models, apiKeys: 'Token' } })
// @ts-expect-error keystile has no such field
createApiKeys({ prisma, models: { ...models, apiKey: { fields: { ...models.apiKey.fields, keyHsh: 'hashed' } } } })
// @ts-expect-error keystile knows name and fields
createApiKeys({ prisma, models: { ...models, apiKey: { ...models.apiKey, feilds: {} } } })
// @ts-expect-error only an owner can be none
createApiKeys({ prisma, models: { ...models, apiKeyEvent: false } })

// @ts-expect-error a name is text
createApiKeys({ prisma, models: { ...models, apiKeyEvent: 7 } })

// Everything has another name, behind an extension too.
const all = createApiKeys({ prisma: renamed, models: renamedModels, ownerSelect: { itsName: true, plan: true } })
export const allOwner = all.verify('sk_').then(({ owner }) => {
  same<typeof owner.id, number>(true)
  return same<keyof typeof owner, 'id' | 'name' | 'plan'>(true)
})
const extended = renamed.$extends({ query: { token: { findUnique: ({ args, query }) => query(args) } } })
createApiKeys({ prisma: extended, models: renamedModels })

// No relation: the owner is its id.
const alone = createApiKeys({ prisma: ownerless, models: { owner: false } })
export const aloneOwner = alone.verify('sk_').then(({ owner }) => {
  same<typeof owner.id, number>(true)
  return same<keyof typeof owner, 'id'>(true)
})
// @ts-expect-error the relation to an owner is missing, and nothing says that there is none
createApiKeys({ prisma: ownerless })
// @ts-expect-error there is no owner's row
createApiKeys({ prisma: ownerless, models: { owner: false }, ownerSelect: { email: true } })

// What is no client by its type, and names that are no literals, are taken as they are.
const anything: object = prisma
const name: string = 'Account'
export const wideOwner = createApiKeys({ prisma, models: { ...models, owner: { name, fields: { id: name } } } })
export const loose: ApiKeys = createApiKeys({ prisma: anything, models })
export const looseOwner = createApiKeys({ prisma: anything, ownerSelect: { plan: true } })
  .verify('sk_')
  .then(({ owner }) => same<typeof owner.plan, unknown>(true) && same<typeof owner.id, string | number | bigint>(true))
export const wide = createApiKeys({ prisma: anything, models: { owner: name } })
