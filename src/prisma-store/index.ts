import type { Clock } from '../clock.js'
import { ApiKeyError, invalidArgument } from '../errors.js'
import type { OwnerRules } from '../owner-rules.js'
import type { Store } from '../store.js'
import { announce } from './announce.js'
import { attempt } from './attempt.js'
import { prismaChanges } from './changes.js'
import { type Client, type ClientShape, isUnextended } from './client.js'
import { prismaEvents } from './events.js'
import { explained, isUniqueViolation } from './failures.js'
import { plainFinder } from './find-plain.js'
import { prismaHours } from './hours.js'
import { prismaImport } from './import.js'
import { mapClient } from './mapped-client.js'
import { withOwnIds } from './own-ids.js'
import { prismaReads } from './reads.js'
import { toOwner } from './rows.js'
import { prismaSurvey } from './survey.js'
import { prismaUsage } from './usage.js'

export interface PrismaStoreOptions {
  readonly client: Client
  readonly shape: ClientShape
  readonly clock: Clock
  /** Whether keystile opened the client: then it closes it too, and the owners are keystile's. */
  readonly own: boolean
  readonly rules?: OwnerRules
}

/** Keys in the tables of a Prisma client. */
export function createPrismaStore({ client: given, shape, clock, own, rules = {} }: PrismaStoreOptions): Store {
  // A replica is behind: it would let a revoked key in, and refuse a new one.
  const primary = given.$primary?.() ?? given
  const client = mapClient(primary, shape.names)
  const ownerColumns = Object.fromEntries(shape.ownerFields.map((field) => [field, true]))
  let closed = false
  const store: Store = {
    ...prismaReads(client, shape, clock, rules, isUnextended(primary) ? plainFinder(client, shape) : undefined),
    ...prismaChanges(client, shape, clock),
    ...prismaImport({ client, shape, own, isClosed: () => closed }),
    ...prismaUsage(client, shape),
    ...prismaHours(client, shape),
    ...prismaEvents(client, shape),
    ...prismaSurvey(client, shape),

    async findOwner(email) {
      if (!shape.hasEmail) throw invalidArgument('email', withoutEmail(shape))
      const found = await explained(shape.provider, () =>
        client.user.findFirst({ where: { email }, select: ownerColumns })
      )
      return found ? toOwner(found) : undefined
    },

    async ensureOwner({ email, name }) {
      if (!own) throw invalidArgument('email', "The owners are in the app's own model: make them there.")
      return attempt(shape.provider, async () => {
        try {
          return {
            owner: toOwner(await client.user.create({ data: { email, name }, select: ownerColumns })),
            created: true
          }
        } catch (error) {
          if (!isUniqueViolation(error)) throw error
        }
        const found = await client.user.findUnique({ where: { email }, select: ownerColumns })
        if (!found) throw new ApiKeyError('owner_not_found', 'The owner was deleted at this moment.')
        return { owner: toOwner(found), created: false }
      })
    },

    async announce(nonce) {
      await attempt(shape.provider, () => announce(client, shape.provider, `n:${nonce}`))
    },

    async close() {
      closed = true
      if (own) await client.$disconnect()
    }
  }
  return withOwnIds(store, shape)
}

const withoutEmail = ({ names: { hasOwner, models } }: ClientShape) =>
  hasOwner
    ? `The owners' model ${models.User.name} has no field email: name the owner by its id, or say in models.owner.fields which field it is.`
    : 'keystile knows no owners here (models: { owner: false }): name the owner by its id.'
