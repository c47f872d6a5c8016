import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { serve } from '../helpers/express-apps.js'
import { flood } from '../helpers/flood.js'
import { startKeyProcess } from '../helpers/key-process.js'
import { afterwards, insertOwner, issueKeys, keyRing, migrated, usageCounts } from '../helpers/key-ring.js'
import { plainApp } from '../helpers/plain-app.js'
import { recordEvents } from '../helpers/recorded-events.js'
import { refuseUpdates } from '../helpers/refused-writes.js'
import { rounds } from '../helpers/rounds.js'
import { openSql } from '../helpers/sql.js'
import { until } from '../helpers/until.js'

const requests = 20_000
const keyCount = 50

describe.each(databases)('on $name', (database) => {
  test('20,000 requests over 50 keys are counted exactly, though the database refuses writes in their middle', {
    timeout: 120_000
  }, async () => {
    const events = recordEvents()
    const ring = await keyRing(database, { flushIntervalMs: 100 })
    const issued = await ring.issue(keyCount)
    const { port } = await serve(plainApp(ring.keys))
    const failures = () => events.filter(({ name }) => name === 'keystile:usage-flush-failed')
    let refused: Promise<void> | undefined
    const refuseForAWhile = async () => {
      const refusal = await refuseUpdates(database, ring.sql)
      await until(() => failures().length >= 3)
      await refusal.end()
    }
    const answers = await flood({
      port,
      tokens: issued.map(({ token }) => token),
      total: requests,
      onAnswer: (answered) => {
        if (answered === requests / 4) refused = refuseForAWhile()
      }
    })
    expect(answers).toEqual({ 204: requests })
    await refused
    expect(await ring.keys.close()).toEqual({ unwritten: 0 })
    expect(await ring.counts(issued)).toEqual(issued.map(() => requests / keyCount))
    expect(failures().length).toBeGreaterThanOrEqual(3)
  })

  // Two writers get in each other's way on SQLite: a few seconds of that are enough.
  const together = database.provider === 'sqlite' ? rounds(2_000, 6_000) : requests
  test(`${together} requests to two processes on one database are counted exactly`, { timeout: 120_000 }, async () => {
    const url = await migrated(database)
    const sql = await openSql(url)
    afterwards(() => sql.close())
    const issued = await issueKeys(sql, await insertOwner(sql), keyCount)
    const tokens = issued.map(({ token }) => token)
    const processes = await Promise.all([1, 2].map(() => startKeyProcess({ url, flushIntervalMs: 20 })))
    const floods = processes.map(({ port }) => flood({ port, tokens, total: together / 2, connections: 4 }))
    expect(await Promise.all(floods)).toEqual(processes.map(() => ({ 204: together / 2 })))
    const closed = await Promise.all(processes.map((each) => each.call('close')))
    expect(closed).toEqual(processes.map(() => ({ value: { unwritten: 0 } })))
    expect(await usageCounts(sql, issued)).toEqual(issued.map(() => together / keyCount))
    expect(processes.flatMap(({ failures }) => failures)).toEqual([])
  })
})
