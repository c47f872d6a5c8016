/** `onError` takes over how refusals are answered; whatever it does, no refused request goes on. */
import type { ErrorRequestHandler } from 'express'
import { type ApiKeyAuthOptions, ApiKeyError, apiKeyAuth, type ErrorHandler, requireScopes } from 'keystile'
import { describe, expect, test } from 'vitest'
import { embeddedKeys } from '../helpers/embedded-keys.js'
import { expressVersions, serve } from '../helpers/express-apps.js'

const { keys, issue } = await embeddedKeys()
const { bearer } = await issue()
const boom = new Error('boom')

describe.each(expressVersions)('on $name', ({ express }) => {
  /** One refused request; every way past the middleware answers 200. */
  async function refused(options: ApiKeyAuthOptions, parts: { authorization?: string; path?: string } = {}) {
    const caught: unknown[] = []
    const app = express()
    const router = express.Router()
    router.use(apiKeyAuth({ keys, ...options }))
    router.get('/guarded', requireScopes('a'), (_, res) => void res.send('past the guard'))
    router.get('/routed', apiKeyAuth({ keys, ...options }), (_, res) => void res.send('in'))
    router.get('/routed', (_, res) => void res.send('past the route'))
    router.use((_, res) => void res.send('past the middleware'))
    app.use(router)
    app.use((_, res) => void res.send('past the router'))
    const last: ErrorRequestHandler = (err, _req, res, _next) => {
      caught.push(err)
      res.json({ handled: true })
    }
    app.use(last)
    return { ...(await (await serve(app)).request(parts)), caught }
  }

  const ways = [
    ['without credentials', {}, 401, 'Bearer realm="api"'],
    ['malformed', { authorization: 'Bearer' }, 400, 'Bearer realm="api", error="invalid_request"'],
    ['with a bad key', { authorization: 'Bearer nothing' }, 401, 'Bearer realm="api", error="invalid_token"'],
    [
      'at a guard',
      { authorization: bearer, path: '/guarded' },
      403,
      'Bearer realm="api", error="insufficient_scope", scope="a"'
    ]
  ] as const

  test.each(ways)(
    "'next', %s: the app's error handler gets an ApiKeyError, the challenge is on res",
    async (_, parts, status, challenge) => {
      const { caught, ...answer } = await refused({ onError: 'next' }, parts)
      expect(caught).toEqual([expect.any(ApiKeyError)])
      expect(caught[0]).toMatchObject({ status })
      expect(answer).toMatchObject({ status, body: '{"handled":true}' })
      expect(answer.headers).toMatchObject({ 'www-authenticate': challenge, 'cache-control': 'no-store' })
    }
  )

  test.each(ways)(
    'a function, %s: it answers, with status and challenge on res',
    async (_, parts, status, challenge) => {
      const onError: ErrorHandler = (err, _req, res) => void res.json({ told: err.code })
      const { caught, ...answer } = await refused({ onError }, parts)
      expect(caught).toEqual([])
      expect(answer).toMatchObject({ status, body: expect.stringContaining('{"told":"') })
      expect(answer.headers).toMatchObject({ 'www-authenticate': challenge, 'cache-control': 'no-store' })
    }
  )

  test('a function may answer later, and with another status', async () => {
    const onError: ErrorHandler = async (_err, _req, res) => {
      await new Promise(setImmediate)
      res.status(404).send('nothing here')
    }
    expect(await refused({ onError })).toMatchObject({ status: 404, body: 'nothing here', caught: [] })
  })

  const failing: readonly (readonly [string, ErrorHandler])[] = [
    [
      'throws an error',
      () => {
        throw boom
      }
    ],
    ['rejects with an error', () => Promise.reject(boom)],
    [
      'rejects later',
      async () => {
        await new Promise(setImmediate)
        throw boom
      }
    ],
    ['calls next with an error', (_err, _req, _res, next) => next(boom)]
  ]

  test.each(failing)(
    'a function that %s: that error goes to the app, the challenge stays on res',
    async (_, onError) => {
      const { caught, ...answer } = await refused({ onError })
      expect(caught).toEqual([boom])
      expect(answer).toMatchObject({ status: 401, body: '{"handled":true}' })
      expect(answer.headers).toMatchObject({ 'www-authenticate': 'Bearer realm="api"', 'cache-control': 'no-store' })
    }
  )

  const givingNothing = [undefined, null, false, 0, '', 'route', 'router', {}, 'a string'] as const
  const evading: readonly (readonly [string, ErrorHandler])[] = givingNothing.flatMap((value) => [
    [
      `throws ${JSON.stringify(value)}`,
      () => {
        throw value
      }
    ],
    [`rejects with ${JSON.stringify(value)}`, () => Promise.reject(value)],
    [`calls next(${JSON.stringify(value)})`, (_err, _req, _res, next) => next(value as 'route')]
  ])

  test.each(evading)('a function that %s lets nothing through', async (_, onError) => {
    for (const path of ['/', '/routed', '/nowhere']) {
      const { caught, ...answer } = await refused({ onError }, { path })
      expect(caught, path).toEqual([expect.any(ApiKeyError)])
      expect(answer, path).toMatchObject({ status: 401, body: '{"handled":true}' })
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="api"')
    }
  })

  test.each(evading)('at a guard, too, a function that %s lets nothing through', async (_, onError) => {
    const { caught, ...answer } = await refused({ onError }, { authorization: bearer, path: '/guarded' })
    expect(caught).toEqual([expect.any(ApiKeyError)])
    expect(answer.status).toBe(403)
  })

  test("with 'next' and no error handler Express answers with the status and the challenge", async () => {
    const app = express()
    app.use(apiKeyAuth({ keys, onError: 'next' }))
    const answer = await (await serve(app)).request()
    expect(answer.status).toBe(401)
    expect(answer.headers).toMatchObject({ 'www-authenticate': 'Bearer realm="api"', 'cache-control': 'no-store' })
  })

  test('where the answer has begun already, the connection is ended and the route is not reached', async () => {
    let reached = false
    const app = express()
    app.use((_, res, next) => {
      res.write('begun')
      next()
    })
    app.use(apiKeyAuth({ keys }), () => {
      reached = true
    })
    const site = await serve(app)
    await site.request().catch(() => undefined)
    expect(reached).toBe(false)
  })

  test('the realm is in every challenge', async () => {
    for (const [, parts, , challenge] of ways) {
      const { headers } = await refused({ realm: "Ada's shop", onError: 'next' }, parts)
      expect(headers['www-authenticate']).toBe(challenge.replace('"api"', `"Ada's shop"`))
    }
  })
})
