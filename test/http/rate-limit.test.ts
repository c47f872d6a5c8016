/** A limit for each key, over real sockets: 429 as a problem, with the standard's fields. */

import type { RequestHandler } from 'express'
import { MemoryStore, type Store } from 'express-rate-limit'
import { apiKeyAuth } from 'keystile'
import { apiKeyRateLimit, type RateLimitWindow } from 'keystile/rate-limit'
import { describe, expect, test } from 'vitest'
import { embeddedKeys } from '../helpers/embedded-keys.js'
import { expressVersions, serve } from '../helpers/express-apps.js'
import { recordEvents } from '../helpers/recorded-events.js'

const { keys, issue } = await embeddedKeys({ flushIntervalMs: 50 })

describe.each(expressVersions)('on $name', ({ express }) => {
  async function site(limiter: RequestHandler, { optional = false, auth = true } = {}) {
    const app = express()
    if (auth) app.use(apiKeyAuth({ keys, optional }))
    app.use(limiter)
    app.get('/', (_, res) => void res.json({}))
    const { request } = await serve(app)
    return (bearer?: string) => request(bearer === undefined ? {} : { authorization: bearer })
  }

  test("a key's own limit is its own", async () => {
    const ask = await site(apiKeyRateLimit())
    const [limited, other, free] = [
      await issue({ rateLimit: { limit: 3, window: '1h' } }),
      await issue({ rateLimit: { limit: 2, window: '1m' } }),
      await issue()
    ]
    const statuses = async (bearer: string) => {
      const found = []
      for (let i = 0; i < 5; i++) found.push((await ask(bearer)).status)
      return found
    }
    expect(await statuses(limited.bearer)).toEqual([200, 200, 200, 429, 429])
    expect(await statuses(other.bearer)).toEqual([200, 200, 429, 429, 429])
    expect(await statuses(free.bearer)).toEqual([200, 200, 200, 200, 200])
  })

  test('a refusal is a problem with Retry-After, and tells of the limit', async () => {
    const { bearer, apiKey } = await issue({ rateLimit: { limit: 1, window: '1h' } })
    const ask = await site(apiKeyRateLimit())
    const events = recordEvents()
    const first = await ask(bearer)
    expect(first.headers['ratelimit-policy']).toMatch(/^"api-key"; q=1; w=3600; pk=:\S+:$/)
    expect(first.headers['ratelimit']).toMatch(/^"api-key"; r=0; t=\d+$/)
    const second = await ask(bearer)
    expect(second.status).toBe(429)
    expect(second.headers).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      'cache-control': 'no-store'
    })
    expect(Number(second.headers['retry-after'])).toBeGreaterThan(3_500)
    expect(JSON.parse(second.body)).toEqual({
      title: 'Too Many Requests',
      status: 429,
      detail: 'The API key has made too many requests. Try again later.',
      code: 'rate_limited'
    })
    expect(events.find(({ name }) => name === 'keystile:denied')?.payload).toMatchObject({
      reason: 'rate_limited',
      status: 429,
      apiKeyId: apiKey.id
    })
    await expect
      .poll(async () => keys.usage(apiKey.id).catch(() => undefined), { timeout: 5_000 })
      .toMatchObject({ allowed: 1, denied: 1 })
    expect((await keys.get(apiKey.id))?.usageCount).toBe(2)
  })

  test('keys without one of their own have the usual limit', async () => {
    const ask = await site(apiKeyRateLimit({ limit: 2, window: '1h' }))
    const [one, two] = [await issue(), await issue({ rateLimit: { limit: 1, window: '1h' } })]
    expect((await ask(one.bearer)).status).toBe(200)
    expect((await ask(one.bearer)).status).toBe(200)
    expect((await ask(one.bearer)).status).toBe(429)
    expect((await ask(two.bearer)).status).toBe(200)
    expect((await ask(two.bearer)).status).toBe(429)
  })

  test('a limit that was raised holds from the next request on', async () => {
    const ask = await site(apiKeyRateLimit())
    const { bearer, apiKey } = await issue({ rateLimit: { limit: 1, window: '1h' } })
    expect([(await ask(bearer)).status, (await ask(bearer)).status]).toEqual([200, 429])
    await keys.update(apiKey.id, { rateLimit: { limit: 10, window: '1h' } })
    expect((await ask(bearer)).status).toBe(200)
  })

  test('requests without a key pass where that is optional; without apiKeyAuth none does', async () => {
    const ask = await site(apiKeyRateLimit({ limit: 1 }), { optional: true })
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 200])
    const unguarded = await site(apiKeyRateLimit({ limit: 1 }), { auth: false })
    const answer = await unguarded()
    expect(answer.status).toBe(500)
    expect(answer.body).toContain('apiKeyRateLimit() ran with no apiKeyAuth() before it')
  })

  test('a store is made once for each window', async () => {
    const made: unknown[] = []
    const store = ({ window, windowMs }: RateLimitWindow) => {
      made.push([window, windowMs])
      return new MemoryStore()
    }
    const ask = await site(apiKeyRateLimit({ store }))
    for (const window of ['1h', '1h', '60m', '2m'] as const) {
      const { bearer } = await issue({ rateLimit: { limit: 1, window } })
      expect([(await ask(bearer)).status, (await ask(bearer)).status]).toEqual([200, 429])
    }
    expect(made).toEqual([
      ['1h', 3_600_000],
      ['2m', 120_000]
    ])
  })

  test('a store that fails lifts no limit: 503', async () => {
    const broken = {
      increment: () => Promise.reject(new Error('down')),
      decrement() {},
      resetKey() {}
    } as unknown as Store
    for (const store of [
      () => broken,
      () => {
        throw new Error('down')
      }
    ]) {
      const ask = await site(apiKeyRateLimit({ limit: 1, store }))
      const answer = await ask((await issue()).bearer)
      expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'unavailable' })
    }
  })
})

test.each([
  [{ limit: 0 }, 'apiKeyRateLimit(): rateLimit.limit must be a whole number from 1 to 1000000000, not 0.'],
  [{ limit: 1, window: '1y' }, "apiKeyRateLimit(): rateLimit.window must be a duration from '1s' to '7d', not \"1y\"."],
  [{ window: '1m' }, 'apiKeyRateLimit(): window goes with limit.'],
  [{ store: {} }, 'store must be a function that makes a store of express-rate-limit for a window.'],
  [{ max: 5 }, 'apiKeyRateLimit() knows no option "max"']
])('%j is a TypeError', (options, message) => {
  expect(() => apiKeyRateLimit(options as never)).toThrow(message)
})
