import type { ApiKeyRecord } from '../api-key.js'
import type { Clock } from '../clock.js'
import { lastTimeMs } from '../duration.js'
import type { Id } from '../events.js'
import type { RotationPlan } from '../store.js'
import { conflict, existing, notRevoked, rowOf } from './change-rows.js'
import type { Models } from './client.js'
import { isUniqueViolation } from './failures.js'

/** Whether a key has a successor. */
export async function isRotated(models: Models, id: Id): Promise<boolean> {
  return (await models.apiKey.findUnique({ where: { rotatedFromId: id }, select: { id: true } })) !== null
}

const alreadyRotated = () => conflict('This key has been rotated already; rotate its successor.')

/** Makes a key's successor and sets the old one's end. */
export async function rotate(tx: Models, id: Id, plan: RotationPlan, clock: Clock) {
  // A write first: it takes the row's lock, so that what is read next stays true to the end.
  const { count } = await tx.apiKey.updateMany({ where: { id, ...notRevoked }, data: { updatedAt: plan.now } })
  const before = await existing(tx, id, clock)
  if (count === 0) throw conflict('A revoked key can not be rotated. Create a new one.')
  if (before.status !== 'active') {
    if (await isRotated(tx, id)) throw alreadyRotated()
    throw conflict(`This key is ${before.status} and can not be rotated. Create a new one.`)
  }

  plan.check?.(before)
  const wantedEnd = plan.expiresAt === undefined ? sameLifetime(before, plan.now) : plan.expiresAt
  const successor = rowOf({
    ownerId: before.ownerId,
    name: before.name,
    scopes: before.scopes,
    metadata: before.metadata,
    allowedIps: before.allowedIps,
    rateLimit: before.rateLimit,
    keyHash: plan.keyHash,
    hashAlg: plan.hashAlg,
    keyPrefix: plan.keyPrefix,
    createdAt: plan.now,
    expiresAt: earlier(wantedEnd, plan.latestExpiresAt)
  })
  const created = await tx.apiKey
    .create({ data: { ...successor, rotatedFromId: id }, select: { id: true } })
    .catch((error: unknown) => {
      throw isUniqueViolation(error) ? alreadyRotated() : error
    })

  const endsAt = before.expiresAt && before.expiresAt < plan.oldEndsAt ? before.expiresAt : plan.oldEndsAt
  await tx.apiKey.updateMany({ where: { id }, data: { expiresAt: endsAt } })
  return { old: await existing(tx, id, clock), successor: await existing(tx, created['id'] as Id, clock) }
}

/** null is never. */
const earlier = (end: Date | null, latest: Date | undefined) =>
  latest && (end === null || end > latest) ? latest : end

/** As long from now as the key was made to live. Where its beginning can't be read, it is not made longer. */
function sameLifetime({ expiresAt, createdAt, damaged }: ApiKeyRecord, now: Date): Date | null {
  if (expiresAt === null || damaged.includes('createdAt')) return expiresAt
  return new Date(Math.min(now.getTime() + expiresAt.getTime() - createdAt.getTime(), lastTimeMs))
}
