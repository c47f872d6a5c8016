/** A limit that several processes share, in a real Redis, as the README shows it. */
import express from 'express'
import { apiKeyAuth } from 'keystile'
import { apiKeyRateLimit } from 'keystile/rate-limit'
import { RedisStore } from 'rate-limit-redis'
import { expect, test } from 'vitest'
import { embeddedKeys } from '../helpers/embedded-keys.js'
import { type Site, serve } from '../helpers/express-apps.js'
import { hasRedis, startRedis } from '../helpers/redis.js'

test.runIf(hasRedis)('two processes let in as many requests as one, and none while the store is gone', async () => {
  const { keys, issue } = await embeddedKeys()
  const redis = await startRedis()
  const sites: Site[] = []
  for (let i = 0; i < 2; i++) {
    const client = await redis.connect()
    const store = ({ window }: { readonly window: unknown }) =>
      new RedisStore({ prefix: `keystile:${window}:`, sendCommand: (...command) => client.sendCommand(command) })
    const app = express()
    app.use(apiKeyAuth({ keys }), apiKeyRateLimit({ store }))
    app.get('/', (_, res) => void res.json({}))
    sites.push(await serve(app))
  }
  const { bearer } = await issue({ rateLimit: { limit: 10, window: '1h' } })
  const { bearer: short } = await issue({ rateLimit: { limit: 1, window: '1m' } })
  const ask = async (i: number, authorization = bearer) => (await sites[i % 2]?.request({ authorization }))?.status
  const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => ask(i)))
  expect(answers.filter((status) => status === 200)).toHaveLength(10)
  expect(answers.filter((status) => status === 429)).toHaveLength(20)
  expect([await ask(0, short), await ask(1, short)]).toEqual([200, 429])
  await redis.stop()
  expect(await ask(0)).toBe(503)
})
