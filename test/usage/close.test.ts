import { setTimeout as sleep } from 'node:timers/promises'
import type { KeystileEvents } from 'keystile'
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { serve } from '../helpers/express-apps.js'
import { gate } from '../helpers/gate.js'
import { afterwards, keyRing } from '../helpers/key-ring.js'
import { plainApp } from '../helpers/plain-app.js'
import { recordEvents } from '../helpers/recorded-events.js'
import { refuseUpdates } from '../helpers/refused-writes.js'
import { openSql } from '../helpers/sql.js'
import { until } from '../helpers/until.js'
import { type UserClient, userClient, withHeldLookups } from '../helpers/user-client.js'

describe.each(databases)('on $name', (database) => {
  test('close() refuses new requests, lets those under way finish, writes their counts, and leaves the client of the app alone', async () => {
    const lookups = gate()
    let held = 0
    const clients: UserClient[] = []
    const ring = await keyRing(database, (url) => {
      const client = userClient(url)
      clients.push(client)
      afterwards(() => client.$disconnect())
      const hold = () => {
        held++
        return lookups.passed
      }
      return { prisma: withHeldLookups(client, hold), deadlineMs: 20_000 }
    })
    const issued = await ring.issue(3)
    const site = await serve(plainApp(ring.keys))
    const ask = (i: number) => site.request({ authorization: `Bearer ${issued[i]?.token}` })

    const underWay = [ask(0), ask(1)]
    await until(() => held === 2)
    const closing = [ring.keys.close({ timeoutMs: 20_000 }), ring.keys.close({ timeoutMs: 20_000 })]
    const late = await ask(2)
    expect(late.status).toBe(503)
    expect(late.headers['retry-after']).toBe('1')
    await expect(ring.keys.verify(issued[2]?.token ?? '')).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'closed'
    })
    expect(held).toBe(2)

    lookups.open()
    expect((await Promise.all(underWay)).map(({ status }) => status)).toEqual([204, 204])
    expect(await Promise.all(closing)).toEqual([{ unwritten: 0 }, { unwritten: 0 }])
    expect(await ring.keys.close()).toEqual({ unwritten: 0 })
    expect(await ring.counts(issued)).toEqual([1, 1, 0])
    expect(await clients[0]?.$queryRawUnsafe('SELECT 1 AS one')).toHaveLength(1)
    expect((await ask(2)).status).toBe(503)
  })

  test('close() tells how many uses a database that refuses writes did not take, in time, and then keeps quiet', async () => {
    const events = recordEvents()
    const failures = () => events.filter(({ name }) => name === 'keystile:usage-flush-failed')
    const ring = await keyRing(database, { flushIntervalMs: 10 })
    const issued = await ring.issue(2)
    await refuseUpdates(database, ring.sql)
    const startedAt = Date.now()
    for (let i = 0; i < 5; i++) await ring.keys.verify(issued[i % 2]?.token ?? '')
    const refusedAt = Date.now()
    await until(() => failures().length >= 3)
    for (let i = 0; i < 4; i++) await ring.keys.verify(issued[i % 2]?.token ?? '')
    const closedAt = performance.now()
    expect(await ring.keys.close({ timeoutMs: 300 })).toEqual({ unwritten: 9 })
    expect(performance.now() - closedAt).toBeLessThan(1_500)
    expect(await ring.keys.close()).toEqual({ unwritten: 9 })
    expect(await ring.counts(issued)).toEqual([0, 0])

    const told = failures()
    const payload = told.at(-1)?.payload as KeystileEvents['keystile:usage-flush-failed']
    expect(payload).toEqual({ error: expect.stringMatching(/\S/), waitingKeys: 2, waitingSince: expect.any(Date) })
    expect(payload.waitingSince.getTime()).toBeGreaterThanOrEqual(startedAt)
    expect(payload.waitingSince.getTime()).toBeLessThanOrEqual(refusedAt)
    // One write may have been under way when time was up; timers that outlive close() would have fired often by then.
    await sleep(300)
    expect(failures().length).toBeLessThanOrEqual(told.length + 1)
  })

  test('close() comes back in time where the database does not answer at all', async () => {
    const ring = await keyRing(database)
    const issued = await ring.issue(1)
    const locker = await openSql(ring.url)
    afterwards(() => locker.close())
    for (let i = 0; i < 7; i++) await ring.keys.verify(issued[0]?.token ?? '')
    await locker.query(database.provider === 'sqlite' ? 'BEGIN IMMEDIATE' : 'BEGIN')
    if (database.provider === 'postgresql') await locker.query('LOCK TABLE api_keys')
    const closedAt = performance.now()
    expect(await ring.keys.close({ timeoutMs: 300 })).toEqual({ unwritten: 7 })
    expect(performance.now() - closedAt).toBeLessThan(1_500)
    expect(await ring.keys.close({ timeoutMs: 60_000 })).toEqual({ unwritten: 7 })
    await locker.query('ROLLBACK')
  })
})
