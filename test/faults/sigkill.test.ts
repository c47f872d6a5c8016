/** A process is killed while requests come in: its last counts are lost, those of one flush interval at most. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { type KeyProcess, startKeyProcess } from '../helpers/key-process.js'
import { afterwards, type IssuedKey, insertOwner, issueKeys, migrated, usageCounts } from '../helpers/key-ring.js'
import { type Asked, bearer, keepAliveClient } from '../helpers/load.js'
import { measured, rounds } from '../helpers/rounds.js'
import { openSql, type Sql } from '../helpers/sql.js'
import { until } from '../helpers/until.js'

const kills = rounds(3, 20)
/** So many processes are killed at once. */
const together = rounds(3, 1)
const flushIntervalMs = rounds(100, 1_000)
/** For the write itself, and a timer that is late on a busy machine. */
const writeMs = rounds(1_000, 250)
const connections = 30

/** Requests as fast as they are answered, until the process is killed under them; then its counts are looked at. */
async function killUnderTraffic(sql: Sql, app: KeyProcess, issued: readonly IssuedKey[]): Promise<number> {
  const asked: Asked[] = []
  const ask = keepAliveClient()
  const worker = async (_: unknown, number: number) => {
    for (let i = number; ; i++) {
      const one = await ask(app.port, bearer(issued[i % issued.length] as IssuedKey))
      if (one.status === 0) return
      asked.push(one)
    }
  }
  const traffic = Promise.all(Array.from({ length: connections }, worker))
  await until(() => issued.every((key) => asked.some(({ token }) => token === bearer(key))))
  // Anywhere between two writes.
  await sleep(flushIntervalMs * (1 + Math.random()) + writeMs + 50)
  const killedAt = performance.now()
  process.kill(app.pid, 'SIGKILL')
  // Not of something else before.
  expect(await app.ended).toBe('SIGKILL')
  await traffic
  return oldestLossMs(asked, killedAt, issued, await usageCounts(sql, issued))
}

/** Milliseconds before the kill at which the oldest answer came that is not counted. */
function oldestLossMs(
  asked: readonly Asked[],
  killedAt: number,
  issued: readonly IssuedKey[],
  counts: number[]
): number {
  expect(asked.filter(({ status }) => status !== 204 && status !== undefined)).toEqual([])
  const losses = issued.map((key, index) => {
    const sent = asked.filter(({ token, askedAt }) => token === bearer(key) && askedAt <= killedAt)
    const answers = sent.filter(({ status }) => status === 204)
    const safe = answers.filter(({ endedAt }) => endedAt < killedAt - flushIntervalMs - writeMs)
    const count = counts[index] ?? Number.NaN
    expect(safe.length).toBeGreaterThan(0)
    expect(count).toBeGreaterThanOrEqual(safe.length)
    expect(count).toBeLessThanOrEqual(sent.length)
    // Requests of one key are counted in the order of their answers.
    return killedAt - (answers[count]?.endedAt ?? killedAt)
  })
  return Math.max(...losses)
}

describe.each(databases.slice(0, rounds(1, 2)))('on $name', (database) => {
  test(`kill -9 under traffic, ${kills} times: counted is what was let in, but for one interval at most`, {
    timeout: 240_000
  }, async () => {
    const url = await migrated(database)
    const sql = await openSql(url)
    afterwards(() => sql.close())
    const owner = await insertOwner(sql)
    const lossesMs: number[] = []
    for (let i = 0; i < kills; i += together) {
      const apps = await Promise.all(Array.from({ length: together }, () => startKeyProcess({ url, flushIntervalMs })))
      const kill = async (app: KeyProcess) => killUnderTraffic(sql, app, await issueKeys(sql, owner, 5))
      lossesMs.push(...(await Promise.all(apps.map(kill))))
    }
    expect(lossesMs).toHaveLength(kills)
    measured({ database: database.name, kills, oldestLossMs: Math.max(...lossesMs) })
  })
})
