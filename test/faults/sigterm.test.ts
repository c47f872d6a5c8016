/** Processes are told to end while requests come in: what they let in is counted, to the last request. */
import { expect, test } from 'vitest'
import { freshPostgres } from '../helpers/databases.js'
import { type KeyProcess, startKeyProcess } from '../helpers/key-process.js'
import { afterwards, allowedCounts, insertOwner, issueKeys, migrated, usageCounts } from '../helpers/key-ring.js'
import { type Asked, bearer, keepAliveClient } from '../helpers/load.js'
import { measured, rounds } from '../helpers/rounds.js'
import { openSql } from '../helpers/sql.js'

const total = rounds(2_000, 100_000)
const connections = 30
/** Most platforms kill what has not ended by then. */
const withinMs = 10_000

/**
 * Asks as fast as answers come, each client on one connection for as long as that lasts, then at whoever still listens.
 * @param mayGoOn called after each answer, with how many there were so far
 */
async function askAll(apps: readonly KeyProcess[], tokens: readonly string[], mayGoOn: (answered: number) => boolean) {
  const asked: Asked[] = []
  const listening = [...apps]
  let answered = 0
  let goesOn = true
  const worker = async (_: unknown, number: number) => {
    const ask = keepAliveClient(1)
    let app = listening[number % listening.length]
    for (let i = number; app && goesOn; i++) {
      const one = await ask(app.port, tokens[i % tokens.length] ?? '')
      if (one.status === 0) {
        if (listening.includes(app)) listening.splice(listening.indexOf(app), 1)
        app = listening[number % listening.length]
        continue
      }
      asked.push(one)
      if (one.status === 204) goesOn &&= mayGoOn(++answered)
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
  return asked
}

test(`${total} requests to three processes that get SIGTERM meanwhile: each one let in is counted`, {
  timeout: 180_000
}, async () => {
  const url = await migrated({ name: 'PostgreSQL', provider: 'postgresql', fresh: freshPostgres })
  const sql = await openSql(url)
  afterwards(() => sql.close())
  const issued = await issueKeys(sql, await insertOwner(sql), 5)
  const apps = await Promise.all([1, 2, 3].map(() => startKeyProcess({ url }, { main: 'stopping-process-main' })))
  const waiting = [...apps]
  let giveUpAt = Number.POSITIVE_INFINITY
  const ends: Promise<{ code: unknown; tookMs: number }>[] = []
  // The third of them is told when all that was to be asked has been, and the traffic goes on.
  const asked = await askAll(apps, issued.map(bearer), (count) => {
    const app = count >= (total * (ends.length + 1)) / apps.length ? waiting.shift() : undefined
    if (app) {
      const toldAt = performance.now()
      process.kill(app.pid, 'SIGTERM')
      ends.push(app.ended.then((code) => ({ code, tookMs: performance.now() - toldAt })))
      giveUpAt = toldAt + withinMs
    }
    return performance.now() < giveUpAt
  })
  const ended = await Promise.all(ends)
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0])
  expect(Math.max(...ended.map(({ tookMs }) => tookMs))).toBeLessThan(withinMs)
  expect(asked.filter(({ status }) => status === 204).length).toBeGreaterThanOrEqual(total)
  expect(asked.filter(({ status }) => status !== 204 && status !== undefined)).toEqual([])
  const letIn = (key: { readonly token: string }) =>
    asked.filter((one) => one.token === bearer(key) && one.status === 204)
  // A request whose connection ended had come too late to be read: it is not counted.
  expect(await usageCounts(sql, issued)).toEqual(issued.map((key) => letIn(key).length))
  expect(await allowedCounts(sql, issued)).toEqual(issued.map((key) => letIn(key).length))
  const broken = asked.filter(({ status }) => status === undefined).length
  measured({ asked: asked.length, broken, ended })
})
