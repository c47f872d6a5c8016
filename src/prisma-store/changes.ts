import type { ApiKeyRecord } from '../api-key.js'
import type { Clock } from '../clock.js'
import { ApiKeyError } from '../errors.js'
import type { Id } from '../events.js'
import type { KeyChange, NewKey, Revocation, RotationPlan, Store } from '../store.js'
import { attempt } from './attempt.js'
import type { Client, ClientShape, Models } from './client.js'
import { isMissingOwner, isUniqueViolation } from './failures.js'
import { readRecord } from './reads.js'

type Changes = Pick<Store, 'create' | 'update' | 'rotate' | 'revoke' | 'revokeOwner' | 'delete' | 'prune'>

const chunkSize = 500

export function prismaChanges(client: Client, shape: ClientShape, clock: Clock): Changes {
  const change = <T>(work: () => Promise<T>) => attempt(shape.provider, work)
  const inTransaction = <T>(work: (tx: Models) => Promise<T>) => change(() => client.$transaction(work))

  return {
    create: (key) =>
      change(async () => {
        try {
          const { id } = await client.apiKey.create({ data: rowOf(key), select: { id: true } })
          return await existing(client, id as Id, clock)
        } catch (error) {
          if (!isMissingOwner(error)) throw error
          throw new ApiKeyError('owner_not_found', `There is no owner with the id ${String(key.ownerId)}.`)
        }
      }),

    update: (id, wanted) =>
      inTransaction(async (tx) => {
        const { count } = await tx.apiKey.updateMany({ where: { id, ...notRevoked }, data: columnsOf(wanted) })
        const record = await existing(tx, id, clock)
        if (count === 0) throw conflict('A revoked key can not be changed.')
        if (wanted.expiresAt !== undefined && (await isRotated(tx, id))) {
          throw conflict('This key was rotated, which set its end; change its successor.')
        }
        return record
      }),

    rotate: (id, plan) => inTransaction((tx) => rotate(tx, id, plan, clock)),

    revoke: (id, revocation) => inTransaction((tx) => revokeWithPredecessors(tx, id, revocation, clock)),

    revokeOwner: (ownerId, revocation) => revokeAll(client, ownerId, revocation, clock, change),

    delete: (id) =>
      change(async () => {
        const record = await existing(client, id, clock)
        const { count } = await client.apiKey.deleteMany({ where: { id } })
        if (count === 0) throw notFound(id)
        return record
      }),

    prune: (before) =>
      change(async () => {
        const over = { OR: [{ expiresAt: { lt: before } }, { revokedAt: { lt: before } }] }
        const rows = await client.apiKey.findMany({
          where: over,
          select: { id: true, expiresAt: true, revokedAt: true }
        })
        // SQLite compares times as text; rows that others wrote in another form are compared again as times.
        const ids = rows
          .filter((row) => isBefore(row['expiresAt'], before) || isBefore(row['revokedAt'], before))
          .map(({ id }) => id)
        let removed = 0
        for (let i = 0; i < ids.length; i += chunkSize) {
          const where = { AND: [{ id: { in: ids.slice(i, i + chunkSize) } }, over] }
          removed += (await client.apiKey.deleteMany({ where })).count
        }
        return removed
      })
  }
}

/** The condition of every change but a revocation: a revoked key stays as it is. */
const notRevoked = { isActive: true, revokedAt: null }

const conflict = (message: string) => new ApiKeyError('conflict', message)
const notFound = (id: Id) => new ApiKeyError('not_found', `There is no key with the id ${String(id)}.`)
const isBefore = (value: unknown, limit: Date) => value instanceof Date && value.getTime() < limit.getTime()

async function existing(models: Models, id: Id, clock: Clock): Promise<ApiKeyRecord> {
  const record = await readRecord(models, id, clock)
  if (!record) throw notFound(id)
  return record
}

async function isRotated(models: Models, id: Id): Promise<boolean> {
  return (await models.apiKey.findUnique({ where: { rotatedFromId: id }, select: { id: true } })) !== null
}

function columnsOf({ name, scopes, expiresAt, metadata }: KeyChange): Record<string, unknown> {
  return {
    ...(name !== undefined && { name }),
    ...(scopes !== undefined && { scopes: JSON.stringify(scopes) }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(metadata !== undefined && { metadata: metadata && JSON.stringify(metadata) })
  }
}

function rowOf(key: NewKey): object {
  const { ownerId: userId, keyHash, keyPrefix, createdAt } = key
  return { ...columnsOf(key), userId, keyHash, keyPrefix, createdAt, updatedAt: createdAt }
}

async function rotate(tx: Models, id: Id, plan: RotationPlan, clock: Clock) {
  // A write first: it takes the row's lock, so that what is read next stays true to the end.
  const { count } = await tx.apiKey.updateMany({ where: { id, ...notRevoked }, data: { updatedAt: plan.now } })
  const before = await existing(tx, id, clock)
  if (count === 0) throw conflict('A revoked key can not be rotated. Create a new one.')
  if (before.status !== 'active')
    throw conflict(`This key is ${before.status} and can not be rotated. Create a new one.`)

  const lifetimeMs = before.expiresAt && before.expiresAt.getTime() - before.createdAt.getTime()
  const sameLifetime = lifetimeMs === null ? null : new Date(plan.now.getTime() + lifetimeMs)
  const successor = rowOf({
    ownerId: before.ownerId,
    name: before.name,
    scopes: before.scopes,
    metadata: before.metadata,
    keyHash: plan.keyHash,
    keyPrefix: plan.keyPrefix,
    createdAt: plan.now,
    expiresAt: plan.expiresAt === undefined ? sameLifetime : plan.expiresAt
  })
  const created = await tx.apiKey
    .create({ data: { ...successor, rotatedFromId: id }, select: { id: true } })
    .catch((error: unknown) => {
      throw isUniqueViolation(error) ? conflict('This key has been rotated already; rotate its successor.') : error
    })

  const endsAt = before.expiresAt && before.expiresAt < plan.oldEndsAt ? before.expiresAt : plan.oldEndsAt
  await tx.apiKey.updateMany({ where: { id }, data: { expiresAt: endsAt } })
  return { old: await existing(tx, id, clock), successor: await existing(tx, created['id'] as Id, clock) }
}

const revokedBy = ({ reason, now }: Revocation) => ({ isActive: false, revokedAt: now, revokedReason: reason })

async function revokeWithPredecessors(tx: Models, id: Id, revocation: Revocation, clock: Clock) {
  const revoked: ApiKeyRecord[] = []
  let next: Id | null = id
  while (next !== null) {
    const { count } = await tx.apiKey.updateMany({ where: { id: next, revokedAt: null }, data: revokedBy(revocation) })
    const record: ApiKeyRecord | undefined = await readRecord(tx, next, clock)
    if (!record && next === id) throw notFound(id)
    if (record && count > 0) revoked.push(record)
    next = record?.rotatedFromId ?? null
  }
  return revoked
}

async function revokeAll(
  client: Client,
  ownerId: Id,
  revocation: Revocation,
  clock: Clock,
  change: <T>(work: () => Promise<T>) => Promise<T>
): Promise<readonly ApiKeyRecord[]> {
  const revoked: ApiKeyRecord[] = []
  const open = { userId: ownerId, revokedAt: null }
  for (;;) {
    const rows = await change(() => client.apiKey.findMany({ where: open, select: { id: true }, take: chunkSize }))
    if (rows.length === 0) return revoked
    const ids = rows.map(({ id }) => id as Id)
    await change(() =>
      client.apiKey.updateMany({ where: { id: { in: ids }, revokedAt: null }, data: revokedBy(revocation) })
    )
    for (const id of ids) {
      const record = await change(() => readRecord(client, id, clock))
      if (record) revoked.push(record)
    }
  }
}
