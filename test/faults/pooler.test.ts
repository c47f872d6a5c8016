/** A pooler in transaction mode forwards no notifications: the feed has to notice, however quiet the pool is. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { freshPostgres } from '../helpers/databases.js'
import { afterwards, insertOwner, issueKeys, migrated } from '../helpers/key-ring.js'
import { hasPgBouncer, pooled } from '../helpers/pgbouncer.js'
import { recordEvents } from '../helpers/recorded-events.js'
import { rounds } from '../helpers/rounds.js'
import { openSql } from '../helpers/sql.js'
import { until } from '../helpers/until.js'
import { userClient } from '../helpers/user-client.js'

async function throughPooler(mode: 'session' | 'transaction', prismaToo: boolean) {
  const url = await migrated({ name: 'PostgreSQL', provider: 'postgresql', fresh: freshPostgres })
  const through = await pooled(url, mode)
  const client = userClient(prismaToo ? through : url)
  const keys = createApiKeys({ prisma: client, feedUrl: through, deadlineMs: 20_000 })
  const sql = await openSql(url)
  afterwards(() => sql.close())
  afterwards(() => client.$disconnect())
  afterwards(() => keys.close({ timeoutMs: 500 }))
  const issued = await issueKeys(sql, await insertOwner(sql), 1)
  const token = issued[0]?.token ?? ''
  const isIn = () =>
    keys.verify(token).then(
      () => true,
      () => false
    )
  return { keys, sql, isIn }
}

const ways = [
  ['the keys read directly', false],
  ['the keys read through it too', true]
] as const

describe.skipIf(!hasPgBouncer)('PgBouncer', () => {
  test.each(ways.slice(0, rounds(1, 2)))(
    'in transaction mode, %s: nothing is remembered, and an event says why',
    { timeout: 60_000 },
    async (_, too) => {
      const { keys, sql, isIn } = await throughPooler('transaction', too)
      const events = recordEvents()
      const endAt = performance.now() + rounds(2_600, 20_000)
      const states = new Set<string>()
      while (performance.now() < endAt) {
        expect(await isIn()).toBe(true)
        states.add(keys.health().cache)
        await sleep(20)
      }
      expect([...states]).toEqual(['lost'])
      expect(keys.health().cacheReason).toBe('wrong_database')
      const told = events.flatMap(({ name, payload }) => (name === 'keystile:feed' ? [payload] : []))
      expect(told).toMatchObject([
        { state: 'lost', code: 'wrong_database', message: expect.stringMatching(/PgBouncer/) }
      ])
      await sql.query('UPDATE api_keys SET is_active = FALSE')
      expect(await isIn()).toBe(false)
    }
  )

  test('in session mode the feed works', { timeout: 60_000 }, async () => {
    const { keys, sql, isIn } = await throughPooler('session', false)
    await until(async () => (await isIn()) && keys.health().cache === 'fresh')
    await sql.query('UPDATE api_keys SET is_active = FALSE')
    await sleep(500)
    expect(keys.health().cache).toBe('fresh')
    expect(await isIn()).toBe(false)
  })
})
