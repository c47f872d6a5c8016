/** What is decided without a database, what is not, and that neither is ever mistaken for the other. */
import { apiKeyAuth, createApiKeys } from 'keystile'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createToken } from '../../src/token.js'
import { expressVersions, type Site, serve } from '../helpers/express-apps.js'

// Nothing listens there: whatever asks this database gets 503.
const url = 'postgresql://ada:hunter2@127.0.0.1:1/none'
const keys = createApiKeys({ url, acceptPrefixes: ['old_'] })
const token = createToken('sk_')
const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

afterAll(() => keys.close())

describe.each(expressVersions)('on $name, with a database that can not be reached', ({ express }) => {
  let site: Site

  beforeAll(async () => {
    const app = express()
    app.use('/optional', apiKeyAuth({ keys, optional: true, foreignTokens: 'pass' }))
    app.use('/told', apiKeyAuth({ keys, discloseReason: true }))
    app.use(apiKeyAuth({ keys }))
    app.use((_, res) => void res.send('in'))
    site = await serve(app)
  })

  const ask = (value: string, path = '/') => site.request({ authorization: `Bearer ${value}`, path })

  test.each(['/', '/optional', '/told'])(
    'a whole token on %s is a 503 with Retry-After, never a 401 or a 200',
    async (path) => {
      const answer = await ask(token, path)
      expect(answer.status).toBe(503)
      expect(answer.headers).toMatchObject({
        'retry-after': '1',
        'cache-control': 'no-store',
        'content-type': 'application/problem+json; charset=utf-8'
      })
      expect(answer.headers).not.toHaveProperty('www-authenticate')
      expect(JSON.parse(answer.body)).toEqual({
        title: 'Service Unavailable',
        status: 503,
        detail: 'API keys can not be checked at the moment. Try again shortly.',
        code: 'unavailable'
      })
    }
  )

  test('a token of an accepted older prefix is looked up too', async () => {
    expect((await ask(createToken('old_'))).status).toBe(503)
  })

  test('a token with any one character changed is a 401 without a question to the database', async () => {
    for (let place = 0; place < token.length; place++) {
      const now = token[place] ?? ''
      const others = [base62[(base62.indexOf(now) + 1) % 62], base62[(base62.indexOf(now) + 31) % 62], '-']
      for (const other of others) {
        const { status } = await ask(token.slice(0, place) + other + token.slice(place + 1))
        expect(status, `place ${place}`).toBe(401)
      }
    }
  })

  test.each([
    ['of another prefix', createToken('pk_')],
    ['that is cut short', token.slice(0, -1)],
    ['that is too long', `${token}0`],
    ['with padding', `${token}=`],
    ['of 15 KB', 'sk_'.repeat(5_000)],
    ['of eight characters', 'sk_AbCdE'],
    ['that is a JWT', `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.${'s'.repeat(43)}`]
  ])('a token %s is a 401 without a question to the database', async (_, value) => {
    expect((await ask(value)).status).toBe(401)
  })

  test.each([
    ['of another system', 'ghp_16C7e42F292c6912E7710c838347Ae178B4a'],
    ['of one of our prefixes but of another length', `sk_${'a'.repeat(43)}`]
  ])('a token %s may have been imported, which nobody can say now: 503', async (_, value) => {
    expect((await ask(value)).status).toBe(503)
  })

  test('discloseReason tells a slip from a token of another system', async () => {
    expect(JSON.parse((await ask(token.slice(0, -1), '/told')).body).detail).toContain('has a slip in it')
    expect(JSON.parse((await ask('e30.e30.x', '/told')).body).detail).toContain('not an API key of this service')
  })

  test('no request without credentials needs the database', async () => {
    expect((await site.request()).status).toBe(401)
    expect((await site.request({ path: '/optional' })).status).toBe(401)
    expect((await site.request({ authorization: 'Bearer' })).status).toBe(400)
  })
})

describe.each(expressVersions)('on $name, after close()', ({ express }) => {
  test('a request with a token is a 503 with Retry-After, one without is told what it lacks', async () => {
    const closed = createApiKeys({ url })
    const app = express()
    app.use(apiKeyAuth({ keys: closed }), (_, res) => void res.send('in'))
    const { request } = await serve(app)
    expect(await closed.close()).toEqual({ unwritten: 0 })
    const answer = await request({ authorization: `Bearer ${token}` })
    expect(answer.status).toBe(503)
    expect(answer.headers).toMatchObject({ 'retry-after': '1', 'cache-control': 'no-store' })
    expect(JSON.parse(answer.body)).toMatchObject({
      code: 'unavailable',
      detail: 'The service is shutting down. Try again shortly.'
    })
    expect((await request()).status).toBe(401)
  })
})
