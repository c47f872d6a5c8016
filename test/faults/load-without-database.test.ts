/** Hundreds of requests a second meet a database that is gone, silent or late: all are answered, in time, and none is called bad. */
import { describe, expect, test } from 'vitest'
import { freshPostgres } from '../helpers/databases.js'
import { type KeyProcess, startKeyProcess } from '../helpers/key-process.js'
import { afterwards, insertOwner, issueKeys, migrated } from '../helpers/key-ring.js'
import { type Asked, bearer, keepAliveClient, steadily } from '../helpers/load.js'
import { isLong, measured, rounds } from '../helpers/rounds.js'
import { openSql } from '../helpers/sql.js'
import { stoppingProxy } from '../helpers/stopping-proxy.js'
import { ask, percentile, untilFresh } from '../helpers/watched-process.js'

const perSecond = rounds(200, 500)
const forMs = rounds(3_200, 10_000)
/** In full, the default. */
const deadlineMs = rounds(1_000, 2_000)
const leaseMs = 2_000
/** Of a machine that runs other tests beside this one. */
const slackMs = rounds(1_000, 100)

const took = ({ askedAt, endedAt }: Asked) => endedAt - askedAt

async function appBehindProxy() {
  const url = await migrated({ name: 'PostgreSQL', provider: 'postgresql', fresh: freshPostgres })
  const proxy = await stoppingProxy(url)
  const sql = await openSql(url)
  afterwards(() => sql.close())
  const app = await startKeyProcess({ url: proxy.url, deadlineMs })
  const issued = await issueKeys(sql, await insertOwner(sql), 20)
  await untilFresh(app, issued[0]?.token ?? '')
  for (const { token } of issued) expect(await ask(app.port, token)).toBe(204)
  return { app, proxy, issued }
}

const loopDelayMs = async (app: KeyProcess) => Number((await app.call('loopDelayMs')).value)

const ways = ['swallow', 'refuse', 'delay'] as const

describe.each(ways.slice(0, rounds(1, 3)))('a database that begins to %s', (how) => {
  test(`${perSecond} requests a second`, { timeout: 60_000 }, async () => {
    const { app, proxy, issued } = await appBehindProxy()
    await loopDelayMs(app)
    const startedAt = performance.now()
    proxy[how]()
    const load = { port: app.port, perSecond, forMs }
    const credentials = (index: number) =>
      index % 50 === 0 ? '' : index % 50 === 1 ? 'Bearer' : bearer(issued[index % issued.length] ?? { token: '' })
    const asked = await steadily(keepAliveClient(), { ...load, next: credentials })
    const delayMs = await loopDelayMs(app)
    const good = asked.filter(({ token }) => token.startsWith('Bearer sk_'))
    const refused = good.filter(({ status }) => status === 503)
    expect(new Set(asked.filter(({ token }) => token === '').map(({ status }) => status))).toEqual(new Set([401]))
    expect(new Set(asked.filter(({ token }) => token === 'Bearer').map(({ status }) => status))).toEqual(new Set([400]))
    expect(new Set(good.map(({ status }) => status))).toEqual(new Set([204, 503]))
    expect(refused.every(({ retryAfter }) => Number(retryAfter) > 0)).toBe(true)
    const lastAccept = Math.max(
      ...good.filter(({ status }) => status === 204).map(({ askedAt }) => askedAt - startedAt)
    )
    expect(lastAccept).toBeLessThan(leaseMs + slackMs)
    expect(Math.max(...refused.map(took))).toBeLessThan(deadlineMs + slackMs)
    // A silent database has the breaker open after two rounds of two look-ups; then all are answered at once.
    const open = refused.filter(({ askedAt }) => askedAt - startedAt > leaseMs + 2 * deadlineMs + 300).map(took)
    const [openMs, slowestOpenMs] = [percentile(open, 99), Math.max(...open)]
    // One that answers late has the breaker closed each time that it does.
    if (isLong && how !== 'delay') {
      expect(openMs).toBeLessThan(10)
      expect(slowestOpenMs).toBeLessThan(100)
    }
    expect(delayMs).toBeLessThan(rounds(250, 50))
    measured({
      how,
      asked: asked.length,
      lastAccept,
      slowest: Math.max(...refused.map(took)),
      openMs,
      slowestOpenMs,
      delayMs
    })
    if (isLong && how !== 'delay') expect(await app.call('health')).toMatchObject({ value: { breaker: 'open' } })
  })
})
