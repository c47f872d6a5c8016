/** PostgreSQL: a write whose answer is lost, or that comes late, counts once. */
import { expect, test } from 'vitest'
import { databases, type TestDatabase } from '../helpers/databases.js'
import { afterwards, keyRing } from '../helpers/key-ring.js'
import { recordEvents } from '../helpers/recorded-events.js'
import { openSql } from '../helpers/sql.js'
import { swallowingProxy } from '../helpers/swallowing-proxy.js'
import { until } from '../helpers/until.js'

const postgres = databases.find(({ provider }) => provider === 'postgresql') as TestDatabase
const rounds = 20
/** Only the statement that writes a batch of counts has this in it. */
const usageStatement = 'json_populate_recordset'

test('a write whose answer is lost between commit and client adds nothing when it is repeated', async () => {
  const events = recordEvents()
  const failures = () => events.filter(({ name }) => name === 'keystile:usage-flush-failed').length
  const proxy = await swallowingProxy(usageStatement)
  const ring = await keyRing(postgres, (url) => ({ url: proxy.inFrontOf(url), flushIntervalMs: 10 }))
  const issued = await ring.issue(1)
  for (let round = 1; round <= rounds; round++) {
    const { answered } = proxy
    const lost = proxy.swallowNextAnswer()
    await ring.keys.verify(issued[0]?.token ?? '')
    await lost.swallowing
    await until(async () => (await ring.counts(issued))[0] === round)
    expect(failures()).toBe(round - 1)
    lost.cut()
    await until(() => proxy.answered > answered)
  }
  expect(await ring.keys.close()).toEqual({ unwritten: 0 })
  expect(await ring.counts(issued)).toEqual([rounds])
  expect(await ring.allowed(issued)).toEqual([rounds])
  expect(failures()).toBe(rounds)
})

test('first attempts that hang, and run after their repetitions, add nothing', async () => {
  const ring = await keyRing(postgres, (url) => ({ url, flushIntervalMs: 10, deadlineMs: 300 }))
  const issued = await ring.issue(1)
  const use = () => ring.keys.verify(issued[0]?.token ?? '')
  await use()
  await until(async () => (await ring.counts(issued))[0] === 1)

  const locker = await openSql(ring.url)
  afterwards(() => locker.close())
  await locker.query('BEGIN')
  await locker.query('SELECT * FROM api_key_flushes FOR UPDATE')
  await use()
  const hanging = async () => {
    const [row] = await ring.sql.query(
      `SELECT count(*) AS n FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE ?`,
      `%${usageStatement}%`
    )
    return Number(row?.['n'])
  }
  await until(async () => (await hanging()) >= 3)
  await use()
  expect(await ring.counts(issued)).toEqual([1])
  await locker.query('COMMIT')
  await until(async () => (await hanging()) === 0)
  expect(await ring.keys.close()).toEqual({ unwritten: 0 })
  expect(await ring.counts(issued)).toEqual([3])
  expect(await ring.allowed(issued)).toEqual([3])
})
