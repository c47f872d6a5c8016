/** The database is gone, silent or late: good keys are never called bad, and nobody waits for long. */
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { createToken } from '../../src/token.js'
import { freshPostgres } from '../helpers/databases.js'
import { serve } from '../helpers/express-apps.js'
import { afterwards, insertOwner, issueKeys, migrated } from '../helpers/key-ring.js'
import { plainApp } from '../helpers/plain-app.js'
import { rounds } from '../helpers/rounds.js'
import { openSql } from '../helpers/sql.js'
import { stoppingProxy } from '../helpers/stopping-proxy.js'
import { until } from '../helpers/until.js'
import { ask } from '../helpers/watched-process.js'

interface Seen {
  readonly atMs: number
  readonly tookMs: number
  readonly status: number
}

/** An app whose database, keys and feed alike, is behind a proxy. */
async function behindProxy() {
  const url = await migrated({ name: 'PostgreSQL', provider: 'postgresql', fresh: freshPostgres })
  const proxy = await stoppingProxy(url)
  const sql = await openSql(url)
  const keys = createApiKeys({ url: proxy.url })
  afterwards(() => sql.close())
  afterwards(() => keys.close({ timeoutMs: 500 }))
  const [{ token } = { token: '' }] = await issueKeys(sql, await insertOwner(sql), 1)
  const { port, request } = await serve(plainApp(keys))
  return { proxy, keys, token, port, request }
}

/** Some 100 requests a second for so long. */
async function watch(port: number, token: string, forMs: number): Promise<Seen[]> {
  const startedAt = performance.now()
  const asking: Promise<Seen>[] = []
  while (performance.now() - startedAt < forMs) {
    const askedAt = performance.now()
    const seen = ask(port, token).then((status) => ({
      atMs: askedAt - startedAt,
      tookMs: performance.now() - askedAt,
      status
    }))
    asking.push(seen)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return Promise.all(asking)
}

const ways = ['refuse', 'swallow'] as const

describe.each(ways.slice(0, rounds(1, 2)))('a database that begins to %s', (how) => {
  test('200 until the lease ends, then 503, never 401, and 200 within 1 s once it is back', {
    timeout: 60_000
  }, async () => {
    const { proxy, keys, token, port, request } = await behindProxy()
    await until(async () => (await ask(port, token)) === 204 && keys.health().cache === 'fresh')
    proxy[how]()
    const seen = await watch(port, token, rounds(4_500, 6_000))
    expect([...new Set(seen.map(({ status }) => status))].sort()).toEqual([204, 503])
    const last = Math.max(...seen.filter(({ status }) => status === 204).map(({ atMs }) => atMs))
    expect(last).toBeGreaterThan(1_000)
    expect(last).toBeLessThan(2_100)
    // Whoever came before the breaker opened waits for the deadline, and no longer.
    expect(Math.max(...seen.map(({ tookMs }) => tookMs))).toBeLessThan(2_600)
    expect(keys.health()).toMatchObject({ cache: 'lost', breaker: 'open' })
    const refused = await request({ authorization: `Bearer ${token}` })
    expect(refused).toMatchObject({ status: 503 })
    expect((await request()).status).toBe(401)
    expect((await request({ authorization: 'Bearer' })).status).toBe(400)
    expect((await request({ authorization: `Bearer ${createToken('sk_').slice(0, -1)}` })).status).toBe(401)

    proxy.resume()
    const backAt = performance.now()
    await until(async () => (await ask(port, token)) === 204)
    expect(performance.now() - backAt).toBeLessThan(1_000)
    await until(async () => (await ask(port, token)) === 204 && keys.health().cache === 'fresh')
  })
})

test('down when the app starts: 503, and then by itself 200', { timeout: 60_000 }, async () => {
  const { proxy, token, port } = await behindProxy()
  proxy.refuse()
  expect(await ask(port, token)).toBe(503)
  proxy.resume()
  await until(async () => (await ask(port, token)) === 204)
})
