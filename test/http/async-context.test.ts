/** Requests whose look-ups travel together go on each in its own AsyncLocalStorage: whose tenant, whose trace. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { apiKeyAuth } from 'keystile'
import { describe, expect, test } from 'vitest'
import { databases, type TestDatabase } from '../helpers/databases.js'
import { expressVersions, serve } from '../helpers/express-apps.js'
import { keyRing } from '../helpers/key-ring.js'

// Its answers take a while, in which further requests come.
const postgres = databases.find(({ provider }) => provider === 'postgresql') as TestDatabase

describe.each(expressVersions)('on $name', ({ express }) => {
  test.each(['batched', 'immediate'] as const)('with usage %s', async (usage) => {
    const { keys, issue } = await keyRing(postgres, { usage })
    const issued = await issue(20)
    const context = new AsyncLocalStorage<string>()
    const app = express()
    app.use((req, _res, next) => context.run(String(req.query['is']), next))
    app.use(apiKeyAuth({ keys }))
    app.get('/', (_req, res) => void res.send(String(context.getStore())))
    const { port } = await serve(app)
    const ask = async ({ token }: { readonly token: string }, is: number) => {
      const headers = { authorization: `Bearer ${token}`, connection: 'close' }
      return (await fetch(`http://127.0.0.1:${port}/?is=${is}`, { headers })).text()
    }
    await keys.ready()
    // Each key twice, all of them cold.
    const asked = [...issued, ...issued]
    expect(await Promise.all(asked.map(ask))).toEqual(asked.map((_, is) => String(is)))
  })
})
