/** Whose word is taken for the address of a request: the socket's, a trusted proxy's, or the app's own. */
import type { Express, Request } from 'express'
import { apiKeyAuth } from 'keystile'
import { describe, expect, test } from 'vitest'
import { embeddedKeys } from '../helpers/embedded-keys.js'
import { expressVersions, serve } from '../helpers/express-apps.js'

const { keys, issue } = await embeddedKeys()
const told = '203.0.113.9'
const { bearer } = await issue({ allowedIps: [told] })

describe.each(expressVersions)('on $name', ({ express }) => {
  /** Whether a key that is good from one address is let in, where that address is in headers. */
  async function isLetIn(prepare: (app: Express) => void, inner?: Express): Promise<boolean> {
    const app = express()
    prepare(app)
    const guarded = inner ?? app
    guarded.use(apiKeyAuth({ keys }), (_, res) => void res.send('in'))
    if (inner) app.use(inner)
    const { request } = await serve(app)
    const headers = [
      ['X-Forwarded-For', told],
      ['Client-Ip', told]
    ] as const
    const statuses = [0, 0].map(async () => (await request({ authorization: bearer, headers })).status)
    const [first, second] = await Promise.all(statuses)
    expect(second).toBe(first)
    return first === 200
  }

  const fromHeader = { configurable: true, get: (): string => told }

  test('no proxy is trusted: the socket, without a way by the header', async () => {
    expect(await isLetIn(() => {})).toBe(false)
    const { bearer: anywhere } = await issue()
    const app = express()
    const asked: unknown[] = []
    const { get } = app
    app.get = ((...args: Parameters<typeof get>) => {
      asked.push(args[0])
      return get.apply(app, args)
    }) as typeof get
    app.use(apiKeyAuth({ keys }), (_, res) => void res.send('in'))
    expect((await (await serve(app)).request({ authorization: anywhere })).status).toBe(200)
    // By this setting Express's own req.ip, of any version that is tested here, is told from an app's.
    expect(asked).not.toContain('trust proxy fn')
  })

  test('a proxy is trusted: the header', async () => {
    expect(await isLetIn((app) => void app.set('trust proxy', 1))).toBe(true)
  })

  test('a function that is called as that of an app without proxies decides all the same', async () => {
    const trustNone = (_: string, hop: number) => hop === 0
    expect(await isLetIn((app) => void app.set('trust proxy', trustNone))).toBe(true)
  })

  test('a sub-app trusts whom its parent trusts', async () => {
    expect(await isLetIn((app) => void app.set('trust proxy', 1), express())).toBe(true)
    expect(await isLetIn(() => {}, express())).toBe(false)
  })

  test('an app has a req.ip of its own', async () => {
    expect(await isLetIn((app) => void Object.defineProperty(app.request, 'ip', fromHeader))).toBe(true)
    expect(
      await isLetIn((app) => {
        const get = function ip(this: Request) {
          return this.get('Client-Ip')
        }
        Object.defineProperty(app.request, 'ip', { configurable: true, get })
      })
    ).toBe(true)
  })

  test('an app has a req.ip or a trust of its own from some time on', async () => {
    const app = express()
    app.use(apiKeyAuth({ keys }), (_, res) => void res.send('in'))
    const { request } = await serve(app)
    const ask = async () => (await request({ authorization: bearer, headers: [['X-Forwarded-For', told]] })).status
    expect(await ask()).toBe(403)
    const settings = app.settings as Record<string, unknown>
    const before = settings['trust proxy fn']
    settings['trust proxy fn'] = (_: string, hop: number) => hop === 0
    expect(await ask()).toBe(200)
    settings['trust proxy fn'] = before
    expect(await ask()).toBe(403)
    Object.defineProperty(app.request, 'ip', fromHeader)
    expect(await ask()).toBe(200)
  })

  test('a middleware gives a request its ip', async () => {
    const gives = (app: Express) =>
      app.use((req, _res, next) => {
        Object.defineProperty(req, 'ip', { value: told })
        next()
      })
    expect(await isLetIn((app) => void gives(app))).toBe(true)
  })

  test('all apps have a req.ip of their own', async () => {
    const own = Object.getOwnPropertyDescriptor(express.request, 'ip') as PropertyDescriptor
    Object.defineProperty(express.request, 'ip', fromHeader)
    try {
      expect(await isLetIn(() => {})).toBe(true)
    } finally {
      Object.defineProperty(express.request, 'ip', own)
    }
  })
})
