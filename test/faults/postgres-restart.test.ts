/** A PostgreSQL server that crashes under traffic and is started again; database-down.test.ts has the short form. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createApiKeys } from 'keystile'
import { expect, test } from 'vitest'
import { startPostgres } from '../../scripts/postgres-server.js'
import { serve } from '../helpers/express-apps.js'
import { afterwards, insertOwner, issueKeys, migrated } from '../helpers/key-ring.js'
import { type Asked, bearer, keepAliveClient } from '../helpers/load.js'
import { plainApp } from '../helpers/plain-app.js'
import { isLong, measured } from '../helpers/rounds.js'
import { openSql } from '../helpers/sql.js'
import { until } from '../helpers/until.js'
import { ask } from '../helpers/watched-process.js'

test.runIf(isLong)(
  'killed and started again: never 401, and 200 within 1 s of its return',
  {
    timeout: 60_000
  },
  async () => {
    const server = await startPostgres()
    afterwards(() => server.stop())
    const url = await migrated({ name: 'PostgreSQL', provider: 'postgresql', fresh: async () => server.url })
    const sql = await openSql(url)
    const [key = { token: '' }] = await issueKeys(sql, await insertOwner(sql), 1)
    await sql.close()
    const keys = createApiKeys({ url })
    afterwards(() => keys.close({ timeoutMs: 500 }))
    const { port } = await serve(plainApp(keys))
    const fresh = () => until(async () => (await ask(port, key.token)) === 204 && keys.health().cache === 'fresh')
    await fresh()

    const asking: Promise<Asked>[] = []
    const client = keepAliveClient()
    const traffic = setInterval(() => asking.push(client(port, bearer(key))), 5)
    await server.kill()
    await sleep(6_000)
    expect(await ask(port, key.token)).toBe(503)
    await server.start()
    const backAt = performance.now()
    await sleep(2_500)
    clearInterval(traffic)
    const asked = await Promise.all(asking)
    expect([...new Set(asked.map(({ status }) => status))].sort()).toEqual([204, 503])
    const first = asked.find(({ askedAt, status }) => askedAt > backAt - 1_000 && status === 204)
    const tookMs = (first?.endedAt ?? Number.POSITIVE_INFINITY) - backAt
    measured({ asked: asked.length, firstAfterMs: tookMs })
    expect(tookMs).toBeLessThan(1_000)
    await fresh()
  }
)
