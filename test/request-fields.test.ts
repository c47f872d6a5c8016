/** req.apiKey and req.owner: what handlers, other middlewares and wrappers of a request read and write there. */
import type { RequestHandler } from 'express'
import { apiKeyAuth, requireScopes } from 'keystile'
import { describe, expect, test } from 'vitest'
import { embeddedKeys } from './helpers/embedded-keys.js'
import { expressVersions, serve } from './helpers/express-apps.js'

const { keys, issue } = await embeddedKeys()
const { apiKey, bearer } = await issue({ scopes: ['a'] })
const auth = apiKeyAuth({ keys })

const shows: RequestHandler = (req, res) => void res.json({ id: req.apiKey?.id, owner: req.owner?.name })
const shown = { id: apiKey.id, owner: 'Ada' }

const assigns: RequestHandler = (req, _res, next) => {
  Object.assign(req, { apiKey: { id: 'assigned' }, owner: { name: 'Eve' } })
  next()
}

/** Each over a first request, which finds Express as it is, and a second. */
describe.each(expressVersions)('on $name', ({ express }) => {
  async function asked(handlers: readonly RequestHandler[], parts = { authorization: bearer }, app = express()) {
    app.get('/', ...handlers, shows)
    const { request } = await serve(app)
    const answers = [await request(parts), await request(parts)].map(({ status, body }) => ({ status, body }))
    expect(answers[1]).toEqual(answers[0])
    expect(answers[0]?.status).toBe(200)
    return JSON.parse(String(answers[0]?.body)) as unknown
  }

  test('what was assigned before is replaced, not what is assigned behind', async () => {
    expect(await asked([assigns, auth])).toEqual(shown)
    expect(await asked([auth, assigns])).toEqual({ id: 'assigned', owner: 'Eve' })
    expect(await asked([auth])).toEqual(shown)
  })

  test('what was defined on the request before is replaced', async () => {
    const defines: RequestHandler = (req, _res, next) => {
      for (const name of ['apiKey', 'owner'])
        Object.defineProperty(req, name, { value: { id: 'defined', name: 'Eve' }, configurable: true, writable: true })
      next()
    }
    expect(await asked([defines, auth])).toEqual(shown)
  })

  test('a request that came in without a key has neither, whatever was there', async () => {
    const optional = apiKeyAuth({ keys, optional: true })
    expect(await asked([auth])).toEqual(shown)
    expect(await asked([assigns, optional], {} as { authorization: string })).toEqual({})
  })

  test('what wraps a request has them, and passes no guard', async () => {
    const wraps =
      (wrap: (req: object) => object): RequestHandler =>
      async (req, res) => {
        const wrapped = wrap(req) as typeof req
        const { apiKey, owner } = wrapped
        let isLetBy = false
        await new Promise<void>((resolve) => {
          res.once('finish', resolve)
          requireScopes('a')(wrapped, res, () => {
            isLetBy = true
            res.end()
          })
        })
        seen.push({ id: apiKey?.id, owner: owner?.name, isLetBy })
      }
    const seen: unknown[] = []
    const app = express()
    app.get(
      '/inherits',
      auth,
      wraps((req) => Object.create(req) as object)
    )
    app.get(
      '/proxy',
      auth,
      wraps((req) => new Proxy(req, {}))
    )
    app.get(
      '/none',
      auth,
      wraps((req) => req)
    )
    const { request } = await serve(app)
    for (const path of ['/inherits', '/proxy', '/none']) await request({ path, authorization: bearer })
    expect(seen).toEqual([
      { ...shown, isLetBy: false },
      { ...shown, isLetBy: false },
      { ...shown, isLetBy: true }
    ])
  })

  test('a wrapper that is let in by another key takes nothing from the request', async () => {
    const other = await issue({ scopes: ['b'] })
    const seen: unknown[] = []
    const inner: RequestHandler = (req, res, next) => {
      const wrapped = Object.create(req) as typeof req
      wrapped.rawHeaders.splice(0, Number.POSITIVE_INFINITY, 'Authorization', other.bearer)
      auth(wrapped, res, () => {
        seen.push({ id: wrapped.apiKey?.id })
        next()
      })
    }
    expect(await asked([auth, inner, requireScopes('a')])).toEqual(shown)
    expect(seen).toEqual([{ id: other.apiKey.id }, { id: other.apiKey.id }])
  })

  test('what an app gives all its requests later is replaced, too', async () => {
    const app = express()
    app.get('/', auth, shows)
    const { request } = await serve(app)
    const bodies: unknown[] = []
    const ask = async () => bodies.push(JSON.parse((await request({ authorization: bearer })).body))
    await ask()
    Object.assign(app.request, { owner: { name: 'Eve' } })
    await ask()
    expect(bodies).toEqual([shown, shown])
  })

  test('what all apps are given later is replaced, too', async () => {
    const app = express()
    app.get('/', auth, shows)
    const { request } = await serve(app)
    const ask = async () => JSON.parse((await request({ authorization: bearer })).body) as unknown
    expect(await ask()).toEqual(shown)
    Object.assign(express.request, { owner: { name: 'Eve' } })
    try {
      expect([await ask(), await ask()]).toEqual([shown, shown])
      expect(await asked([auth])).toEqual(shown)
    } finally {
      for (const name of ['apiKey', 'owner'] as const) delete express.request[name]
    }
    expect(await asked([auth])).toEqual(shown)
  })

  test('they outlast the sub-app that let the request in', async () => {
    const app = express()
    const inner = express()
    inner.use(auth)
    app.use(inner)
    expect(await asked([], undefined, app)).toEqual(shown)
  })

  test('an app that has one of the names on its own requests keeps it elsewhere', async () => {
    const app = express()
    let written: unknown
    Object.defineProperty(app.request, 'owner', {
      configurable: true,
      get: () => written,
      set: (value: unknown) => {
        written = value
      }
    })
    expect(await asked([auth], undefined, app)).toEqual(shown)
    expect(written).toMatchObject({ name: 'Ada' })
    expect(await asked([auth])).toEqual(shown)
  })

  test('requests that share one empty list of raw headers, as an adapter may make them, keep their own keys', async () => {
    const other = await issue({ scopes: ['b'] })
    const none: string[] = []
    const app = express()
    app.use((req, _res, next) => {
      // Node makes req.headers from the raw ones when it is first read.
      void req.headers
      req.rawHeaders = none
      next()
    })
    app.use(auth)
    const waiting: (() => void)[] = []
    app.use((_req, _res, next) => {
      waiting.push(next)
      if (waiting.length === 2) for (const goOn of waiting) goOn()
    })
    app.get('/a', requireScopes('a'), shows)
    app.get('/b', requireScopes('b'), shows)
    const { request } = await serve(app)
    const answers = await Promise.all([
      request({ path: '/a', authorization: bearer }),
      request({ path: '/b', authorization: other.bearer })
    ])
    expect(answers.map(({ body }) => JSON.parse(body) as unknown)).toEqual([shown, { ...shown, id: other.apiKey.id }])
  })

  test.each([
    ['', true],
    [', neither where they know no response', false]
  ])(
    'a request that shares its list of raw headers with one that was let in has no key of it%s',
    async (_, knowsRes) => {
      const app = express()
      let shared: string[] | undefined
      app.use((req, _res, next) => {
        shared ??= req.rawHeaders
        req.rawHeaders = shared
        if (!knowsRes) Reflect.deleteProperty(req, 'res')
        next()
      })
      // Express's own res.json() asks the request for its response.
      const shows: RequestHandler = (req, res) =>
        void res.end(JSON.stringify({ id: req.apiKey?.id, owner: req.owner?.name }))
      app.get('/first', auth, shows)
      app.get('/other', shows)
      const { request } = await serve(app)
      const bodyOf = async (path: string) =>
        JSON.parse((await request({ path, authorization: bearer })).body) as unknown
      expect(await bodyOf('/first')).toEqual(shown)
      expect(await bodyOf('/other')).toEqual({})
    }
  )

  test('a request adds no property to what Express made, which on Node 20 costs more than all checks of the key', async () => {
    const counts: number[] = []
    const counting: RequestHandler = (req, _res, next) => {
      counts.push(Reflect.ownKeys(req).length)
      next()
    }
    expect(await asked([counting, auth, counting])).toEqual(shown)
    expect(counts[3]).toBe(counts[2])
  })
})
