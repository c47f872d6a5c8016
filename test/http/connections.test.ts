/** Refusals leave the connection as HTTP/1.1 wants it: framed, in order, ready for the next request. */
import { apiKeyAuth, requireScopes } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { embeddedKeys } from '../helpers/embedded-keys.js'
import { expressVersions, type Site, serve } from '../helpers/express-apps.js'
import { answersIn, exchange, type RequestParts, requestBytes } from '../helpers/wire.js'

const { keys, issue } = await embeddedKeys()
const { bearer } = await issue({ scopes: ['a'] })
const good = { authorization: bearer }

/** All on one connection, which the last one closes. */
const oneAfterTheOther = (...requests: RequestParts[]) =>
  requests
    .map((parts, i) => requestBytes({ connection: i < requests.length - 1 ? 'keep-alive' : 'close', ...parts }))
    .join('')

describe.each(expressVersions)('on $name', ({ express }) => {
  let site: Site

  beforeAll(async () => {
    const app = express()
    app.use(apiKeyAuth({ keys }))
    app.get('/guarded', requireScopes('b'), (_, res) => void res.send('guarded'))
    app.all(/.*/, (req, res) => void res.send(req.url))
    site = await serve(app)
  })

  test.each([
    ['without credentials', {}, 401],
    ['malformed', { authorization: 'Bearer' }, 400],
    ['with a bad key', { authorization: 'Bearer nothing' }, 401],
    ['without the scope', { ...good, path: '/guarded' }, 403]
  ])('HEAD %s has the status and headers of GET, and no body', async (_, parts, status) => {
    const [head = '', body] = (await exchange(site.port, requestBytes({ ...parts, method: 'HEAD' }))).split('\r\n\r\n')
    const [answer] = answersIn(`${head}\r\n\r\n`, 'HEAD')
    const { date: _date, ...asGet } = (await site.request(parts)).headers
    expect(answer?.status).toBe(status)
    expect(answer?.headers).toMatchObject(asGet)
    expect(Number(answer?.headers['content-length'])).toBeGreaterThan(0)
    expect(body).toBe('')
  })

  test('HEAD with a good key is let in', async () => {
    expect((await site.request({ ...good, method: 'HEAD' })).status).toBe(200)
  })

  test.each(['OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'])('%s needs a key like any other method', async (method) => {
    const refused = await site.request({ method })
    expect(refused.status).toBe(401)
    expect(refused.headers).toMatchObject({ 'www-authenticate': 'Bearer realm="api"', 'cache-control': 'no-store' })
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'missing_credentials' })
    expect((await site.request({ ...good, method })).status).toBe(200)
  })

  test('a connection stays open after a refusal', async () => {
    const answers = await site.send(oneAfterTheOther({}, { authorization: 'Bearer' }, { ...good, path: '/then' }))
    expect(answers.map(({ status }) => status)).toEqual([401, 400, 200])
    expect(answers.map(({ headers }) => headers['connection'])).toEqual(['keep-alive', 'keep-alive', 'close'])
  })

  test('pipelined requests, good and bad, are answered in order', async () => {
    const kinds = [
      { parts: good, status: 200 },
      { parts: {}, status: 401 },
      { parts: { authorization: 'Bearer a b' }, status: 400 },
      { parts: { authorization: 'Bearer nothing' }, status: 401 },
      { parts: { ...good, path: '/guarded' }, status: 403 }
    ]
    const requests = Array.from({ length: 40 }, (_, i) => ({
      i,
      ...(kinds[(i * i + i) % kinds.length] ?? { parts: {}, status: 401 })
    }))
    const bytes = oneAfterTheOther(...requests.map(({ i, parts }) => ({ path: `/${i}`, ...parts })))
    const answers = await site.send(bytes)
    expect(answers.map(({ status }) => status)).toEqual(requests.map(({ status }) => status))
    for (const { i, status } of requests) if (status === 200) expect(answers[i]?.body).toBe(`/${i}`)
  })

  test.each([10, 100_000, 2_000_000])(
    'a refused POST whose %i bytes nobody reads leaves the connection in step',
    async (size) => {
      const post = { method: 'POST', body: 'x'.repeat(size) }
      const answers = await site.send(oneAfterTheOther(post, { ...good, path: '/then' }))
      expect(answers.map(({ status, body }) => [status, body === '/then'])).toEqual([
        [401, false],
        [200, true]
      ])
    }
  )

  test('a request inside the body of a refused one is not answered', async () => {
    const inner = requestBytes({ ...good, path: '/smuggled' })
    const answers = await site.send(oneAfterTheOther({ method: 'POST', body: inner }, { ...good, path: '/then' }))
    expect(answers.map(({ status }) => status)).toEqual([401, 200])
    expect(answers[1]?.body).toBe('/then')
  })

  test('a chunked body of a refused request is passed over', async () => {
    const head = requestBytes({ method: 'POST', connection: 'keep-alive', headers: [['Transfer-Encoding', 'chunked']] })
    const answers = await site.send(
      `${head}5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n${requestBytes({ ...good, path: '/then' })}`
    )
    expect(answers.map(({ status }) => status)).toEqual([401, 200])
  })

  test('HTTP/1.0 without Host is refused and let in like HTTP/1.1', async () => {
    const ask = async (field: string) => (await site.send(`GET / HTTP/1.0\r\n${field}\r\n`)).map(({ status }) => status)
    expect(await ask('')).toEqual([401])
    expect(await ask(`Authorization: ${bearer}\r\n`)).toEqual([200])
  })
})
