/** What scope guards let through, and how they refuse. */
import type { RequestHandler } from 'express'
import { apiKeyAuth, type GuardArguments, requireAnyScope, requireScopes } from 'keystile'
import { describe, expect, test } from 'vitest'
import { embeddedKeys } from './helpers/embedded-keys.js'
import { expressVersions, serve } from './helpers/express-apps.js'

const { keys, issue, sql } = await embeddedKeys()
const bearers = new Map<string, string>()

/** The Authorization of a key with these scopes. */
async function having(...scopes: string[]): Promise<string> {
  const name = scopes.join(' ')
  const bearer = bearers.get(name) ?? (await issue({ scopes })).bearer
  bearers.set(name, bearer)
  return bearer
}

describe.each(expressVersions)('on $name', ({ express }) => {
  async function ask(guard: RequestHandler, authorization?: string, options: object = {}) {
    const app = express()
    app.use(apiKeyAuth({ keys, ...options }))
    app.get('/:area', guard, (_, res) => void res.send('in'))
    return (await serve(app)).request({ authorization, path: '/reports?area=users' })
  }

  const forms = (scopes: readonly string[]): readonly (readonly [string, GuardArguments])[] => [
    ['one after the other', scopes],
    ['an array', [scopes]],
    ['a function', [() => scopes]]
  ]

  describe.each(forms(['a', 'b', 'c']))('requireScopes with %s', (_, given) => {
    test.each([
      [['a', 'b', 'c'], 200],
      [['c', 'b', 'a', 'd'], 200],
      [['*'], 200],
      [['a', 'b'], 403],
      [['a', 'c'], 403],
      [['b', 'c'], 403],
      [['a'], 403],
      [[], 403]
    ])('a key with %j: %i', async (scopes, status) => {
      expect((await ask(requireScopes(...given), await having(...scopes))).status).toBe(status)
    })
  })

  describe.each(forms(['a', 'b', 'c']))('requireAnyScope with %s', (_, given) => {
    test.each([
      [['a'], 200],
      [['b', 'x'], 200],
      [['c'], 200],
      [['*'], 200],
      [['x', 'ab', 'A'], 403],
      [[], 403]
    ])('a key with %j: %i', async (scopes, status) => {
      expect((await ask(requireAnyScope(...given), await having(...scopes))).status).toBe(status)
    })
  })

  test.each([
    ['reports:*', 'reports:read', 200],
    ['reports:*', 'reports:read:all', 200],
    ['reports:*', 'reportsx:read', 403],
    ['reports:*', 'reports', 403],
    ['reports:read', 'reports:reading', 403],
    ['reports', 'reports:read', 403]
  ])('a key with %s, a route that needs %s: %i', async (have, need, status) => {
    expect((await ask(requireScopes(need), await having(have))).status).toBe(status)
    expect((await ask(requireAnyScope(need), await having(have))).status).toBe(status)
  })

  test('a function sees the request and may return one scope as a string', async () => {
    const guard = requireScopes((req) => `${req.params['area']}:${req.query['area']}`)
    expect((await ask(guard, await having('reports:users'))).status).toBe(200)
    expect((await ask(guard, await having('reports:other'))).status).toBe(403)
  })

  test('an array that changes after the guard was built changes nothing', async () => {
    const scopes = ['a', 'b']
    const guard = requireScopes(scopes)
    scopes.length = 0
    expect((await ask(guard, await having('a'))).status).toBe(403)
  })

  describe('the 403', () => {
    const body = async (guard: RequestHandler, scopes: string[]) => {
      const answer = await ask(guard, await having(...scopes), { realm: 'shop' })
      expect(answer.status).toBe(403)
      expect(answer.headers['cache-control']).toBe('no-store')
      return { challenge: answer.headers['www-authenticate'], ...JSON.parse(answer.body) }
    }

    test('of requireScopes names all that is needed in the challenge, and what is missing in the body', async () => {
      expect(await body(requireScopes('a', 'b', 'c'), ['b'])).toEqual({
        challenge: 'Bearer realm="shop", error="insufficient_scope", scope="a b c"',
        title: 'Forbidden',
        status: 403,
        detail: 'The API key lacks the scopes a, c.',
        code: 'insufficient_scope',
        missingScopes: ['a', 'c']
      })
    })

    test('of requireAnyScope says that one would do', async () => {
      expect(await body(requireAnyScope('a', 'b'), [])).toMatchObject({
        challenge: 'Bearer realm="shop", error="insufficient_scope", scope="a b"',
        detail: 'The API key needs one of the scopes a, b.',
        missingScopes: ['a', 'b']
      })
    })
  })

  test.each(['', '[]', 'null', '"*"', '{"0":"*"}', '[["*"]]', '["*"', '{"__proto__":["*"]}', '*'])(
    'stored scopes %j pass no guard',
    async (stored) => {
      const { apiKey, bearer } = await issue({ scopes: ['*'] })
      await sql('UPDATE api_keys SET scopes = ? WHERE id = ?', stored, String(apiKey.id))
      expect((await ask(requireScopes('a'), bearer)).status).toBe(403)
      expect((await ask(requireAnyScope('a'), bearer)).status).toBe(403)
    }
  )

  test('what a handler writes over req.apiKey gives it no scopes', async () => {
    const app = express()
    app.use(apiKeyAuth({ keys }))
    app.use((req, _res, next) => {
      if (req.apiKey) req.apiKey = { ...req.apiKey, scopes: ['*'] }
      next()
    })
    app.get('/', requireScopes('a'), (_, res) => void res.send('in'))
    expect((await (await serve(app)).request({ authorization: await having() })).status).toBe(403)
  })
})
