/** As many unknown keys as the machine makes, beside good traffic: how long good keys wait. */
import { expect, test } from 'vitest'
import { createToken } from '../../src/token.js'
import { freshSqlite } from '../helpers/databases.js'
import { flood } from '../helpers/flood.js'
import { startKeyProcess } from '../helpers/key-process.js'
import { afterwards, insertOwner, issueKeys, migrated } from '../helpers/key-ring.js'
import { bearer, keepAliveClient, steadily } from '../helpers/load.js'
import { isLong, measured, rounds } from '../helpers/rounds.js'
import { openSql } from '../helpers/sql.js'
import { percentile, untilFresh } from '../helpers/watched-process.js'

const forMs = rounds(400, 3_000)

test('good keys are let in, and wait at most twice as long as beside as many requests of good keys', {
  timeout: 60_000
}, async () => {
  const url = await migrated({ name: 'SQLite', provider: 'sqlite', fresh: freshSqlite })
  const sql = await openSql(url)
  afterwards(() => sql.close())
  const app = await startKeyProcess({ url })
  const issued = await issueKeys(sql, await insertOwner(sql), 20)
  await untilFresh(app, issued[0]?.token ?? '')
  const client = keepAliveClient()
  const next = (index: number) => bearer(issued[index % issued.length] ?? { token: '' })

  /** The 99th percentile of what good keys wait for, beside a flood of these. */
  async function beside(tokens: readonly string[]) {
    let over = false
    const flooding = flood({ port: app.port, tokens, until: () => over, connections: 4, depth: 4 })
    const asked = await steadily(client, { port: app.port, perSecond: 100, forMs, next })
    over = true
    expect(asked.filter(({ status }) => status !== 204)).toEqual([])
    const times = asked.map(({ askedAt, endedAt }) => endedAt - askedAt)
    return { p99: percentile(times, 99), flooded: await flooding }
  }
  const good = issued.map(({ token }) => token)
  // More than are remembered: each is unknown anew.
  const unknown = Array.from({ length: rounds(5_000, 100_000) }, () => createToken('sk_'))
  await beside(good)
  const rates = []
  for (let round = 0; round < rounds(1, 5); round++) {
    const known = await beside(good)
    const strange = await beside(unknown)
    expect(Object.keys(known.flooded)).toEqual(['204'])
    expect(Object.keys(strange.flooded)).toEqual(['401'])
    measured({ goodP99: known.p99, floodP99: strange.p99, good: known.flooded, flood: strange.flooded })
    rates.push(strange.p99 / known.p99)
  }
  if (isLong) expect(Math.min(...rates)).toBeLessThan(2)
})
