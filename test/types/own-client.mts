// An app with a Prisma client of its own: what keystile's types make of it, without importing it.
import express from 'express'
import { type ApiKeys, apiKeyAuth, apiKeyRouter, createApiKeys, getApiKey } from 'keystile'
import { issueTestKey } from 'keystile/testing'
import type { PrismaClient } from './client/client.js'
import type { PrismaClient as OfOlderGenerator } from './client-js/index.js'
import type { PrismaClient as OlderWithoutParts } from './client-js-without-parts/index.js'
import type { PrismaClient as WithoutColumn } from './without-column/client.js'
import type { PrismaClient as WithoutModel } from './without-model/client.js'
import type { PrismaClient as WithoutParts } from './without-parts/client.js'

/** Compiles only where both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
export const same = <A, B>(proof: Same<A, B>): boolean => proof

declare const prisma: PrismaClient
declare const withoutColumn: WithoutColumn
declare const withoutModel: WithoutModel
declare const withoutParts: WithoutParts
declare const olderWithoutParts: OlderWithoutParts

interface Seen {
  readonly id: number
  readonly email: string
  readonly plan: 'free' | 'pro'
}

export const keys = createApiKeys({
  prisma,
  ownerSelect: { email: true, plan: true },
  isOwnerActive: (owner) => owner.plan !== 'free' || owner.id > 0,
  effectiveScopes: (owner, apiKey) => (owner.plan === 'pro' ? apiKey.scopes : ['reports:read'])
})

declare module 'keystile' {
  interface Register {
    keys: typeof keys
  }
}

export const issued = issueTestKey(keys, { ownerId: 7, scopes: ['reports:read'] })

const app = express()
app.use(apiKeyAuth({ keys }))
app.use('/keys', apiKeyRouter({ keys, actor: () => null }))
app.get('/', (req, res) => {
  const { owner } = getApiKey(req)
  same<typeof owner.plan, Seen['plan']>(true)
  same<NonNullable<typeof req.owner>['id'], number>(true)
  const seen: Seen = owner
  // @ts-expect-error not selected
  res.json({ seen, password: owner.password })
})

export const verified = keys.verify('sk_').then(({ owner }) => same<keyof typeof owner, 'id' | 'email' | 'plan'>(true))

// The usual columns, where none are named; never a password.
const usual = createApiKeys({ prisma, isOwnerActive: ({ name }) => name !== null })
export const seen = usual.verify('sk_').then(({ owner }) => same<keyof typeof owner, 'id' | 'email' | 'name'>(true))

// @ts-expect-error the column plna is not there
createApiKeys({ prisma, ownerSelect: { plna: true } })
// @ts-expect-error the column apiKeys is a relation
createApiKeys({ prisma, ownerSelect: { apiKeys: true } })
// @ts-expect-error it is asked at once
createApiKeys({ prisma, isOwnerActive: async () => true })
// @ts-expect-error the column hashAlg of ApiKey is missing
createApiKeys({ prisma: withoutColumn })
// @ts-expect-error the model ApiKeyUsage is missing
createApiKeys({ prisma: withoutModel })
// @ts-expect-error the columns of other models and the relation are missing
createApiKeys({ prisma: withoutParts })

// A client behind an extension is as good.
const extended = prisma.$extends({ query: { apiKey: { findUnique: ({ args, query }) => query(args) } } })
createApiKeys({ prisma: extended })

declare const older: OfOlderGenerator
const ofOlder = createApiKeys({ prisma: older, ownerSelect: { plan: true } })
export const olderOwner = ofOlder.verify('sk_').then(({ owner }) => same<typeof owner.plan, Seen['plan']>(true))

// @ts-expect-error the column plna is not there, of the older generator
createApiKeys({ prisma: older, ownerSelect: { plna: true } })
// @ts-expect-error the model Usr is not there
createApiKeys({ prisma: older, models: { owner: 'Usr' } })
// @ts-expect-error the columns of other models and the relation are missing, of the older generator
createApiKeys({ prisma: olderWithoutParts })

// What is no client by its type is taken as it is.
const anything: object = prisma
export const loose: ApiKeys = createApiKeys({ prisma: anything })
export const embedded: ApiKeys = createApiKeys({ url: 'file:./app.db' })
