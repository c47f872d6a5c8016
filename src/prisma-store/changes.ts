import type { Clock } from '../clock.js'
import { ApiKeyError, showId } from '../errors.js'
import type { Id } from '../events.js'
import type { Store } from '../store.js'
import { attempt, type InTransaction } from './attempt.js'
import { columnsOf, conflict, existing, notFound, notRevoked, rowOf } from './change-rows.js'
import type { Client, ClientShape, Models } from './client.js'
import { isDamagedRow, isMissingOwner } from './failures.js'
import { readRecord } from './reads.js'
import { revokeOwner, revokeWithPredecessors } from './revocation.js'
import { isRotated, rotate } from './rotation.js'

type Changes = Pick<Store, 'create' | 'update' | 'rotate' | 'revoke' | 'revokeOwner' | 'delete' | 'prune'>

const chunkSize = 500

export function prismaChanges(client: Client, shape: ClientShape, clock: Clock): Changes {
  // Also where a change is one statement: libsql, after it met a lock, reports single statements as done that it has
  // not committed. A transaction's COMMIT tells.
  const inTransaction: InTransaction = (work) => attempt(shape.provider, () => client.$transaction(work))
  const read = <T>(work: () => Promise<T>) => attempt(shape.provider, work)

  return {
    create: (key) =>
      inTransaction(async (tx) => {
        const { id } = await tx.apiKey.create({ data: rowOf(key), select: { id: true } }).catch((error: unknown) => {
          if (!isMissingOwner(error)) throw error
          throw new ApiKeyError('owner_not_found', `There is no owner with the id ${showId(key.ownerId)}.`)
        })
        return existing(tx, id as Id, clock)
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

    revokeOwner: (ownerId, revocation) => read(() => revokeOwner(client, inTransaction, ownerId, revocation, clock)),

    async delete(id) {
      const record = await read(() => existing(client, id, clock))
      const { count } = await inTransaction((tx) => tx.apiKey.deleteMany({ where: { id } }))
      if (count === 0) throw notFound(id)
      return record
    },

    async prune(before) {
      const over = { OR: [{ expiresAt: { lt: before } }, { revokedAt: { lt: before } }] }
      const rows = await read(() => endsOf(client, over, clock))
      // SQLite compares times as text; rows that others wrote in another form are compared again as times.
      const ids = rows
        .filter(({ expiresAt, revokedAt }) => isBefore(expiresAt, before) || isBefore(revokedAt, before))
        .map(({ id }) => id)
      let removed = 0
      for (let i = 0; i < ids.length; i += chunkSize) {
        const where = { AND: [{ id: { in: ids.slice(i, i + chunkSize) } }, over] }
        removed += (await inTransaction((tx) => tx.apiKey.deleteMany({ where }))).count
      }
      return removed
    }
  }
}

const isBefore = (value: unknown, limit: Date) => value instanceof Date && value.getTime() < limit.getTime()

interface Ends {
  readonly id?: unknown
  readonly expiresAt?: unknown
  readonly revokedAt?: unknown
}

/** When these keys end. Where a row can't be read, they are read one by one, so that it holds up no other. */
async function endsOf(models: Models, where: object, clock: Clock): Promise<readonly Ends[]> {
  try {
    return await models.apiKey.findMany({ where, select: { id: true, expiresAt: true, revokedAt: true } })
  } catch (error) {
    if (!isDamagedRow(error)) throw error
  }
  const ends: Ends[] = []
  for (const { id } of await models.apiKey.findMany({ where, select: { id: true } })) {
    const record = await readRecord(models, id as Id, clock)
    if (record) ends.push(record)
  }
  return ends
}
