/** What a load balancer asks the example app: whether it lives, whether requests should come, and that it stops. */
import { describe, expect, test } from 'vitest'
import { freshFolder, requireBuild } from './helpers/built-package.js'
import { freshPostgres } from './helpers/databases.js'
import { get, me, type Printed, printedBy, startExample } from './helpers/example-app.js'
import { isLong } from './helpers/rounds.js'
import { openSql } from './helpers/sql.js'
import { stoppingProxy } from './helpers/stopping-proxy.js'
import { until } from './helpers/until.js'

requireBuild()

const alive = ({ url }: Printed) => get(`${url}/healthz`)
const ready = ({ url }: Printed) => get(`${url}/readyz`)

async function untilFresh(app: Printed): Promise<void> {
  await until(async () => (await me(app, app.token)).status === 200 && (await ready(app)).body['cache'] === 'fresh')
}

describe('/healthz and /readyz', { timeout: 60_000 }, () => {
  test('need no key, are not to be stored, and know the health', async () => {
    const process = startExample({ cwd: freshFolder() })
    const app = await printedBy(process)
    const [first, second] = await Promise.all([alive(app), ready(app)])
    expect(first).toMatchObject({ status: 200, body: { status: 'alive' } })
    expect(second).toMatchObject({ status: 200, body: { status: 'ready', breaker: 'closed', waitingKeys: 0 } })
    expect([first, second].map(({ headers }) => headers.get('cache-control'))).toEqual(['no-store', 'no-store'])
    await untilFresh(app)
    await process.stop()
  })

  test('a cache that is lost is no reason to be unready', async () => {
    const folder = freshFolder()
    const process = startExample({ cwd: folder })
    const app = await printedBy(process)
    await untilFresh(app)
    const sql = await openSql(`file:${folder}/example.db`)
    await sql.query('DROP TRIGGER keystile_key_updated')
    await sql.close()
    await until(async () => (await ready(app)).body['cacheReason'] === 'triggers_missing')
    expect(await ready(app)).toMatchObject({ status: 200, body: { status: 'ready', cache: 'lost' } })
    expect((await me(app, app.token)).status).toBe(200)
    await process.stop()
  })

  test.each(isLong ? (['refuse', 'swallow'] as const) : (['refuse'] as const))(
    'a database that begins to %s: alive, unready, and ready by itself',
    async (how) => {
      const url = await freshPostgres()
      const proxy = await stoppingProxy(url)
      const process = startExample({ cwd: freshFolder(), env: { DATABASE_URL: proxy.url } })
      const app = await printedBy(process)
      proxy[how]()
      await until(async () => {
        await Promise.all([1, 2, 3, 4, 5].map(() => me(app, app.token)))
        return (await ready(app)).status === 503
      })
      const askedAt = performance.now()
      expect(await alive(app)).toMatchObject({ status: 200 })
      expect(await ready(app)).toMatchObject({ status: 503, body: { status: 'database_down', breaker: 'open' } })
      expect(performance.now() - askedAt).toBeLessThan(500)

      proxy.resume()
      // A load balancer sends nothing but this to who is unready.
      await until(async () => (await ready(app)).status === 200)
      expect((await me(app, app.token)).status).toBe(200)
      await process.stop()
    }
  )
})

describe('SIGTERM', { timeout: 60_000 }, () => {
  test('is told by /readyz, and requests are answered, for as long as DRAIN_MS says', async () => {
    const process = startExample({ cwd: freshFolder(), env: { DRAIN_MS: '1500' } })
    const app = await printedBy(process)
    const sentAt = performance.now()
    const ended = process.stop('SIGTERM')
    await until(async () => (await ready(app)).status === 503)
    expect(performance.now() - sentAt).toBeLessThan(1_000)
    expect(await ready(app)).toMatchObject({ status: 503, body: { status: 'stopping' } })
    expect(await alive(app)).toMatchObject({ status: 200 })
    const answer = await me(app, app.token)
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close'])
    expect(await ended).toMatchObject({ exitCode: 0, stderr: '' })
    expect(performance.now() - sentAt).toBeGreaterThanOrEqual(1_500)
    await expect(alive(app)).rejects.toThrow()
  })

  test('drains unless told otherwise, and Ctrl+C cuts that short', async () => {
    const process = startExample({ cwd: freshFolder(), env: { DRAIN_MS: undefined } })
    const app = await printedBy(process)
    const sentAt = performance.now()
    const ended = process.stop('SIGTERM')
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect((await me(app, app.token)).status).toBe(200)
    void process.stop('SIGINT')
    expect(await ended).toMatchObject({ exitCode: 0, stderr: '' })
    expect(performance.now() - sentAt).toBeLessThan(4_500)
  })
})
