import type { Clock } from '../clock.js'
import { ApiKeyError, showId } from '../errors.js'
import type { Id } from '../events.js'
import type { Store } from '../store.js'
import { attempt, type InTransaction } from './attempt.js'
import { columnsOf, conflict, existing, notFound, notRevoked, rowOf } from './change-rows.js'
import type { Client, ClientShape } from './client.js'
import { explained, isMissingOwner } from './failures.js'
import { prune, remove } from './prune.js'
import { revokeOwner, revokeWithPredecessors } from './revocation.js'
import { isRotated, rotate } from './rotation.js'

type Changes = Pick<Store, 'create' | 'update' | 'rotate' | 'revoke' | 'revokeOwner' | 'delete' | 'prune'>

export function prismaChanges(client: Client, shape: ClientShape, clock: Clock): Changes {
  // Also where a change is one statement: libsql, after it met a lock, reports single statements as done that it has
  // not committed. A transaction's COMMIT tells.
  const inTransaction: InTransaction = (work) => attempt(shape.provider, () => client.$transaction(work))
  const told = <T>(work: () => Promise<T>) => explained(shape.provider, work)

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

    revoke: (id, revocation) => told(() => revokeWithPredecessors(client, inTransaction, id, revocation, clock)),

    revokeOwner: (ownerId, revocation) => told(() => revokeOwner(client, inTransaction, ownerId, revocation, clock)),

    async delete(id) {
      const record = await told(() => existing(client, id, clock))
      const count = await inTransaction((tx) => remove(tx, [record]))
      if (count === 0) throw notFound(id)
      return record
    },

    prune: (before) => told(() => prune(client, inTransaction, before, clock))
  }
}
