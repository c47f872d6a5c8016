import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { flood } from '../helpers/flood.js'
import { startKeyProcess } from '../helpers/key-process.js'
import { afterwards, allowedCounts, insertOwner, issueKeys, migrated, usageCounts } from '../helpers/key-ring.js'
import { rounds } from '../helpers/rounds.js'
import { openSql } from '../helpers/sql.js'

const keyCount = 50

describe.each(databases)('on $name', (database) => {
  // Two writers get in each other's way on SQLite: a few seconds of that are enough.
  const together = database.provider === 'sqlite' ? rounds(1_500, 6_000) : rounds(5_000, 20_000)
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
    expect(await allowedCounts(sql, issued)).toEqual(issued.map(() => together / keyCount))
    expect(processes.flatMap(({ failures }) => failures)).toEqual([])
  })
})
