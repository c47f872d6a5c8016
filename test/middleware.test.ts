/** Where apiKeyAuth stands in an app, and what it leaves on a request that it lets in. */
import { type ApiKeyAuth, apiKeyAuth, getApiKey, requireScopes } from 'keystile'
import { describe, expect, test } from 'vitest'
import { embeddedKeys } from './helpers/embedded-keys.js'
import { expressVersions, serve } from './helpers/express-apps.js'
import { recordEvents } from './helpers/recorded-events.js'

const { keys, issue, ownerId, sql } = await embeddedKeys({ flushIntervalMs: 20 })
const other = await embeddedKeys({ cache: false })

describe.each(expressVersions)('on $name', ({ express }) => {
  describe('a request with a good key', () => {
    test('has the key and its owner on it, without hash or token', async () => {
      const expiresAt = new Date(Date.now() + 60_000)
      const metadata = { plan: 'pro', limits: { perDay: 5 } }
      const { apiKey, token, bearer } = await issue({ name: 'server', scopes: ['a', 'b:*'], expiresAt, metadata })
      const app = express()
      app.use(apiKeyAuth({ keys }))
      app.get('/', (req, res) => void res.json({ apiKey: req.apiKey, owner: req.owner }))
      const { status, body } = await (await serve(app)).request({ authorization: bearer })
      expect(status).toBe(200)
      expect(JSON.parse(body)).toEqual({
        apiKey: {
          id: apiKey.id,
          ownerId,
          name: 'server',
          keyPrefix: `${token.slice(0, 11)}...`,
          scopes: ['a', 'b:*'],
          expiresAt: expiresAt.toISOString(),
          createdAt: apiKey.createdAt.toISOString(),
          allowedIps: null,
          rateLimit: null,
          metadata
        },
        owner: { id: ownerId, email: 'ada@example.com', name: 'Ada', isActive: true }
      })
    })

    test('gives the same objects to getApiKey', async () => {
      const { bearer } = await issue()
      const app = express()
      app.use(apiKeyAuth({ keys }))
      app.get('/', (req, res) => {
        const { apiKey, owner } = getApiKey(req)
        res.json(apiKey === req.apiKey && owner === req.owner && owner.id === ownerId)
      })
      expect((await (await serve(app)).request({ authorization: bearer })).body).toBe('true')
    })
  })

  describe('where it stands', () => {
    test('per router: only what is behind it is guarded', async () => {
      const { bearer } = await issue()
      const app = express()
      const api = express.Router()
      api.use(apiKeyAuth({ keys }))
      api.get('/inside', (_, res) => void res.send('inside'))
      app.get('/before', (_, res) => void res.send('before'))
      app.use('/api', api)
      app.get('/after', (_, res) => void res.send('after'))
      const { request } = await serve(app)
      for (const path of ['/before', '/after']) expect((await request({ path })).status).toBe(200)
      expect((await request({ path: '/api/inside' })).status).toBe(401)
      expect((await request({ path: '/api/nowhere' })).status).toBe(401)
      expect((await request({ path: '/api/inside', authorization: bearer })).body).toBe('inside')
    })

    test('on one route, with others unguarded', async () => {
      const { bearer } = await issue()
      const app = express()
      app.get('/closed', apiKeyAuth({ keys }), (_, res) => void res.send('closed'))
      app.get('/open', (_, res) => void res.send('open'))
      const { request } = await serve(app)
      expect((await request({ path: '/open' })).status).toBe(200)
      expect((await request({ path: '/closed' })).status).toBe(401)
      expect((await request({ path: '/closed', authorization: bearer })).body).toBe('closed')
    })

    test('in an app mounted in another', async () => {
      const { bearer } = await issue()
      const [outer, inner] = [express(), express()]
      outer.use(apiKeyAuth({ keys }))
      inner.get('/', (req, res) => void res.json(getApiKey(req).owner.id))
      outer.use('/inner', inner)
      const { request } = await serve(outer)
      expect((await request({ path: '/inner' })).status).toBe(401)
      expect((await request({ path: '/inner', authorization: bearer })).body).toBe(JSON.stringify(ownerId))
    })

    test('an error of the handler behind it is the app’s own, with no trace of keystile', async () => {
      const { bearer } = await issue()
      const app = express()
      app.use(apiKeyAuth({ keys }))
      app.get('/', () => {
        throw Object.assign(new Error('mine'), { status: 418 })
      })
      const answer = await (await serve(app)).request({ authorization: bearer })
      expect(answer.status).toBe(418)
      expect(answer.headers).not.toHaveProperty('www-authenticate')
    })
  })

  describe('twice on one request', () => {
    async function ask(first: ApiKeyAuth, second: ApiKeyAuth, authorization?: string) {
      const app = express()
      app.use(first, second)
      app.get('/', (req, res) => void res.json({ id: req.apiKey?.id ?? null }))
      app.get('/guarded', requireScopes('a'), (req, res) => void res.json(getApiKey(req).apiKey.id))
      const site = await serve(app)
      return {
        ...(await site.request({ authorization })),
        guarded: await site.request({ authorization, path: '/guarded' })
      }
    }
    const required = apiKeyAuth({ keys })
    const optional = apiKeyAuth({ keys, optional: true })
    const elsewhere = apiKeyAuth({ keys: other.keys })

    test.each([
      ['required, required', required, apiKeyAuth({ keys })],
      ['required, optional', required, optional],
      ['optional, required', optional, required],
      ['optional, optional', optional, apiKeyAuth({ keys, optional: true })],
      ['the same one', required, required]
    ])('%s: a good key is let in and counted once', async (_, first, second) => {
      const events = recordEvents()
      const { apiKey, bearer } = await issue({ scopes: ['a'] })
      const { status, guarded } = await ask(first, second, bearer)
      expect([status, guarded.status]).toEqual([200, 200])
      expect(events.filter(({ name }) => name === 'keystile:authenticated')).toHaveLength(2)
      await expect.poll(async () => (await keys.get(apiKey.id))?.usageCount, { timeout: 10_000 }).toBe(2)
    })

    test.each([
      ['required, optional', required, optional, 401],
      ['optional, required', optional, required, 401],
      ['optional, optional', optional, apiKeyAuth({ keys, optional: true }), 200]
    ])('%s: without credentials it is %s', async (_, first, second, status) => {
      const answer = await ask(first, second)
      expect(answer.status).toBe(status)
      expect(answer.guarded.status).toBe(401)
    })

    test('a bad key is refused by the first, once', async () => {
      const events = recordEvents()
      expect((await ask(optional, required, 'Bearer nothing')).status).toBe(401)
      expect(events.map(({ name }) => name)).toEqual(['keystile:denied', 'keystile:denied'])
    })

    test('a key of one instance is refused by the other', async () => {
      const { bearer } = await issue({ scopes: ['a'] })
      expect((await ask(required, elsewhere, bearer)).status).toBe(401)
      expect((await ask(elsewhere, required, bearer)).status).toBe(401)
      expect((await ask(required, apiKeyAuth({ keys: other.keys, optional: true }), bearer)).status).toBe(401)
    })

    test('the one nearest to the route decides: what another instance let in is no key of it', async () => {
      const bots = await embeddedKeys({ prefix: 'bot_' })
      const asBots = apiKeyAuth({ keys: bots.keys, optional: true, foreignTokens: 'pass' })
      const asPeople = apiKeyAuth({ keys, optional: true, foreignTokens: 'pass' })
      const { bearer } = await bots.issue({ scopes: ['a'] })
      const last = await ask(asPeople, asBots, bearer)
      expect([JSON.parse(last.body).id, last.guarded.status]).toEqual([expect.any(String), 200])
      const first = await ask(asBots, asPeople, bearer)
      expect([JSON.parse(first.body).id, first.guarded.status]).toEqual([null, 401])
    })
  })

  test('a use is counted also where a guard refuses', async () => {
    const { apiKey, bearer } = await issue()
    const app = express()
    app.use(apiKeyAuth({ keys }), requireScopes('a'))
    const { request } = await serve(app)
    for (let i = 0; i < 3; i++) expect((await request({ authorization: bearer })).status).toBe(403)
    await expect.poll(async () => (await keys.get(apiKey.id))?.usageCount, { timeout: 10_000 }).toBe(3)
  })

  test('a key whose row is gone, and one whose owner was made inactive, are refused at once', async () => {
    const app = express()
    app.use(apiKeyAuth({ keys: other.keys }), (_, res) => void res.send('in'))
    const { request } = await serve(app)
    const one = await other.issue()
    expect((await request({ authorization: one.bearer })).status).toBe(200)
    await other.sql('UPDATE users SET is_active = 0')
    expect((await request({ authorization: one.bearer })).status).toBe(401)
    await other.sql('UPDATE users SET is_active = 1')
    expect((await request({ authorization: one.bearer })).status).toBe(200)
    await other.sql('DELETE FROM api_keys')
    expect((await request({ authorization: one.bearer })).status).toBe(401)
  })

  test('the address of the request is stored with its use, out of its IPv6 form', async () => {
    const { apiKey, bearer } = await issue()
    const app = express()
    app.set('trust proxy', true)
    app.use(apiKeyAuth({ keys }), (_, res) => void res.send('in'))
    const { request } = await serve(app)
    const from = (address: string) => request({ authorization: bearer, headers: [['X-Forwarded-For', address]] })
    const stored = () =>
      sql('SELECT last_used_ip AS ip, usage_count AS uses FROM api_keys WHERE id = ?', String(apiKey.id))
    await from('::ffff:192.0.2.7')
    await expect.poll(stored, { timeout: 10_000 }).toEqual([{ ip: '192.0.2.7', uses: 1 }])
    await from("'; DROP TABLE api_keys")
    await expect.poll(stored, { timeout: 10_000 }).toEqual([{ ip: null, uses: 2 }])
  })
})
