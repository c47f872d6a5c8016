import { beginnings, differences, nobody } from '../audit.js'
import type { Clock } from '../clock.js'
import type { Id } from '../events.js'
import type { Store } from '../store.js'
import { attempt, type InTransaction, transactionOptions } from './attempt.js'
import { columnsOf, conflict, existing, notFound, notRevoked, rowOf } from './change-rows.js'
import type { Client, ClientShape } from './client.js'
import { writeEvents } from './events.js'
import { explained, isMissingOwner } from './failures.js'
import { recordForms } from './forms.js'
import { requireRoom } from './key-limit.js'
import { oneAtATime } from './one-at-a-time.js'
import { noSuchOwner } from './own-ids.js'
import { prune } from './prune.js'
import { remove } from './remove.js'
import { revokeOwner, revokeWithPredecessors } from './revocation.js'
import { isRotated, rotate } from './rotation.js'

type Changes = Pick<
  Store,
  'create' | 'replaceHash' | 'update' | 'rotate' | 'revoke' | 'revokeOwner' | 'delete' | 'prune'
>

export function prismaChanges(client: Client, shape: ClientShape, clock: Clock): Changes {
  const options = transactionOptions(shape.provider)
  // Also where a change is one statement: libsql, after it met a lock, reports single statements as done that it has
  // not committed. A transaction's COMMIT tells.
  const inTransaction: InTransaction = (work) => attempt(shape.provider, () => client.$transaction(work, options))
  const now = () => new Date(clock())
  const told = <T>(work: () => Promise<T>) => explained(shape.provider, work)

  return {
    create: (key, by = nobody) =>
      inTransaction(async (tx) => {
        if (key.maxPerOwner !== undefined) await oneAtATime(tx, shape.provider, keysOf(key.ownerId))
        const { id } = await tx.apiKey.create({ data: rowOf(key), select: { id: true } }).catch((error: unknown) => {
          throw isMissingOwner(error) ? noSuchOwner(key.ownerId) : error
        })
        if (key.maxPerOwner !== undefined) await requireRoom(tx, key.ownerId, key.maxPerOwner, key.createdAt)
        if (key.form) await recordForms(tx, shape.provider, [key.form])
        const apiKey = await existing(tx, id as Id, clock)
        await writeEvents(tx, [{ type: 'created', apiKey, changes: beginnings(apiKey) }], by, now())
        return apiKey
      }),

    update: (id, wanted, by = nobody, check) =>
      inTransaction(async (tx) => {
        // A write first: it takes the row's lock, so that what is read next is what is changed.
        const { count } = await tx.apiKey.updateMany({ where: { id, ...notRevoked }, data: { updatedAt: now() } })
        const before = await existing(tx, id, clock)
        if (count === 0) throw conflict('A revoked key can not be changed.')
        if (wanted.expiresAt !== undefined && (await isRotated(tx, id))) {
          throw conflict('This key was rotated, which set its end; change its successor.')
        }
        check?.(before)
        await tx.apiKey.updateMany({ where: { id }, data: columnsOf(wanted) })
        const apiKey = await existing(tx, id, clock)
        const changes = differences(before, apiKey)
        if (Object.keys(changes).length > 0) await writeEvents(tx, [{ type: 'updated', apiKey, changes }], by, now())
        return apiKey
      }),

    rotate: (id, plan, by = nobody) =>
      inTransaction(async (tx) => {
        const { old, successor } = await rotate(tx, id, plan, clock)
        if (plan.maxPerOwner !== undefined) {
          await oneAtATime(tx, shape.provider, keysOf(old.ownerId))
          await requireRoom(tx, old.ownerId, plan.maxPerOwner, plan.now)
        }
        // The lock of forms comes last, as where keys are made.
        if (plan.form) await recordForms(tx, shape.provider, [plan.form])
        const changes = { newApiKeyId: String(successor.id), endsAt: old.expiresAt }
        const made = { ...beginnings(successor), rotatedFromId: String(old.id) }
        const events = [{ type: 'rotated', apiKey: old, changes } as const]
        await writeEvents(tx, [...events, { type: 'created', apiKey: successor, changes: made }], by, now())
        return { old, successor }
      }),

    replaceHash: (id, from, to) =>
      inTransaction(async (tx) => {
        const { count } = await tx.apiKey.updateMany({ where: { id, ...from }, data: { ...to } })
        return count === 1
      }),

    revoke: (id, revocation, by = nobody) =>
      told(() => revokeWithPredecessors(client, inTransaction, id, { ...revocation, by }, clock)),

    revokeOwner: (ownerId, revocation, by = nobody) =>
      told(() => revokeOwner(client, inTransaction, ownerId, { ...revocation, by }, clock)),

    async delete(id, by = nobody) {
      const removal = { ids: [id], by, now: now() }
      const [record] = await inTransaction((tx) => remove(tx, shape, removal))
      if (!record) throw notFound(id)
      return record
    },

    prune: (before, by = nobody) => told(() => prune(client, shape, inTransaction, before, by, clock))
  }
}

const keysOf = (ownerId: Id) => `keys of ${String(ownerId)}`
