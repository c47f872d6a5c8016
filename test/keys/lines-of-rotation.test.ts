/** Lines of rotated keys of which some are removed: a revocation still finds those in grace. */

import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { freshKeys } from '../helpers/keys.js'
import { day, manualClock } from '../helpers/manual-clock.js'
import { rounds } from '../helpers/rounds.js'
import { userClient } from '../helpers/user-client.js'

describe.each(databases)('on $name', (database) => {
  test('two neighbours are pruned together', async () => {
    const clock = manualClock()
    const { keys, owner } = await freshKeys(database, { now: clock })
    const first = await keys.create({ ownerId: owner.id, name: 'first' })
    let last = await keys.rotate(first.apiKey.id, { grace: '90d' })
    for (let i = 0; i < 2; i++) {
      clock.pass(1_000)
      last = await keys.rotate(last.apiKey.id, { grace: 0 })
    }
    clock.pass(31 * day)
    expect((await keys.prune()).deleted).toBe(2)
    await keys.revoke(last.apiKey.id)
    expect((await keys.get(first.apiKey.id))?.status).toBe('revoked')
  })

  test('two neighbours are deleted at once', async () => {
    const { keys, owner } = await freshKeys(database)
    for (let round = 0; round < rounds(2, 10); round++) {
      const line = [(await keys.create({ ownerId: owner.id, name: 'first' })).apiKey.id]
      for (let i = 0; i < 3; i++) line.push((await keys.rotate(line[i] ?? '', { grace: '90d' })).apiKey.id)
      const [first = '', second = '', third = '', last = ''] = line
      await Promise.all([keys.delete(second), keys.delete(third)])
      await keys.revoke(last)
      expect((await keys.get(first))?.status).toBe('revoked')
    }
  })

  test('a key is removed while a revocation walks the line', async () => {
    const db = await freshKeys(database)
    const line = [(await db.keys.create({ ownerId: db.owner.id, name: 'first' })).apiKey.id]
    for (let i = 0; i < 3; i++) line.push((await db.keys.rotate(line[i] ?? '', { grace: '90d' })).apiKey.id)
    const [first = '', second = '', third = '', last = ''] = line
    const client = userClient(db.url)
    const pruning = client.$extends({
      query: {
        apiKey: {
          findUnique: async ({ args, query }: { args: { where: { id: unknown } }; query(args: unknown): unknown }) => {
            const row = await query(args)
            // The second is what this row names, and it is gone before it is asked for.
            if (args.where.id === third && (await db.keys.get(second))) await db.keys.delete(second)
            return row
          }
        }
      }
    })
    const keys = createApiKeys({ prisma: pruning, cache: false })
    await keys.revoke(last)
    expect((await db.keys.get(third))?.status).toBe('revoked')
    expect((await db.keys.get(first))?.status).toBe('revoked')
    await keys.close()
    await client.$disconnect()
  })

  test('who is left of a line is changed by nothing but its link', async () => {
    const clock = manualClock()
    const { keys, owner } = await freshKeys(database, { now: clock })
    const line = [(await keys.create({ ownerId: owner.id, name: 'first' })).apiKey.id]
    for (let i = 0; i < 2; i++) line.push((await keys.rotate(line[i] ?? '', { grace: '90d' })).apiKey.id)
    const [first = '', second = '', last = ''] = line
    const before = { first: await keys.get(first), last: await keys.get(last) }
    clock.pass(day)
    expect(await keys.delete(second)).toMatchObject({ id: second, rotatedFromId: first })
    expect(await keys.get(first)).toEqual(before.first)
    expect(await keys.get(last)).toEqual({ ...before.last, rotatedFromId: first })
  })
})
