/** A client that the app has extended, as read replicas and slow networks make it. */
import { createApiKeys } from 'keystile'
import { expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { freshKeys } from '../helpers/keys.js'
import { userClient } from '../helpers/user-client.js'

const [sqlite] = databases
if (!sqlite) throw new Error('no database to test with')

test('with read replicas, the primary is asked: a replica that is behind lets no revoked key in and refuses no new one', async () => {
  const db = await freshKeys(sqlite)
  const primary = userClient(db.url)
  const replicated = primary.$extends({
    client: { $primary: () => primary },
    query: { apiKey: { findUnique: async () => null, findMany: async () => [] } }
  })
  const keys = createApiKeys({ prisma: replicated })
  const { token, apiKey } = await keys.create({ ownerId: db.owner.id, name: 'laptop' })
  expect((await keys.verify(token)).apiKey.id).toBe(apiKey.id)
  await keys.revoke(apiKey.id)
  await expect(keys.verify(token)).rejects.toMatchObject({ reason: 'revoked' })
  await keys.close()
  await primary.$disconnect()
})

test('ready() asks the database of a client of the app, and tells what is wrong with it', async () => {
  const empty = userClient(await sqlite.fresh())
  const keys = createApiKeys({ prisma: empty })
  await expect(keys.ready()).rejects.toMatchObject({ code: 'not_migrated' })
  await keys.close()
  await empty.$disconnect()
})

test('a key with a line of 300 predecessors is revoked, and those in grace with it', async () => {
  const db = await freshKeys(sqlite)
  let { apiKey } = await db.keys.create({ ownerId: db.owner.id, name: 'hourly' })
  const first = apiKey.id
  const grace = (n: number) => (n === 0 ? '30d' : 0)
  for (let n = 0; n < 300; n++) apiKey = (await db.keys.rotate(apiKey.id, { grace: grace(n) })).apiKey
  await db.keys.revoke(apiKey.id)
  expect((await db.keys.get(first))?.status).toBe('revoked')
  expect((await db.keys.get(apiKey.id))?.status).toBe('revoked')
})

test('a revocation finds the whole line, also where a key in it was deleted or pruned', async () => {
  for (const removeMiddle of ['delete', 'prune'] as const) {
    const db = await freshKeys(sqlite)
    const first = await db.keys.create({ ownerId: db.owner.id, name: 'first' })
    const second = await db.keys.rotate(first.apiKey.id, { grace: '24h' })
    const third = await db.keys.rotate(second.apiKey.id, { grace: 0 })
    await new Promise((resolve) => setTimeout(resolve, 5))
    if (removeMiddle === 'delete') await db.keys.delete(second.apiKey.id)
    else expect(await db.keys.prune({ olderThan: 0 })).toMatchObject({ deleted: 1 })
    await db.keys.revoke(third.apiKey.id)
    await expect(db.keys.verify(first.token)).rejects.toMatchObject({ reason: 'revoked' })
  }
})

test('revokeToken() ends a key whatever prefix it was made with', async () => {
  const db = await freshKeys(sqlite, { prefix: 'acme_' })
  const { token, apiKey } = await db.keys.create({ ownerId: db.owner.id, name: 'laptop' })
  const other = createApiKeys({ url: db.url })
  expect((await other.revokeToken(token)).id).toBe(apiKey.id)
  await expect(db.keys.verify(token)).rejects.toMatchObject({ reason: 'revoked' })
  await other.close()
})
