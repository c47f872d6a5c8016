/** Guards that can't work: most are found when the app is built, the rest answer 500 and name the mistake. */
import type { RequestHandler } from 'express'
import { ApiKeyError, apiKeyAuth, getApiKey, requireAnyScope, requireScopes, type ScopesOf } from 'keystile'
import { describe, expect, test } from 'vitest'
import { embeddedKeys } from './helpers/embedded-keys.js'
import { expressVersions, serve } from './helpers/express-apps.js'
import { recordEvents } from './helpers/recorded-events.js'

const { keys, issue } = await embeddedKeys()
const { token, bearer } = await issue({ scopes: ['*'] })

describe.each([
  ['requireScopes', requireScopes],
  ['requireAnyScope', requireAnyScope]
])('%s, when the app is built', (name, guard) => {
  const build =
    (...given: unknown[]) =>
    () =>
      guard(...(given as unknown as readonly string[]))

  test.each([
    ['nothing', [], 'needs at least one scope'],
    ['an empty array', [[]], 'needs at least one scope'],
    ['undefined', [undefined], 'was given undefined as a scope'],
    ['null', [null], 'was given null as a scope'],
    ['an empty string', [''], 'was given an empty string as a scope'],
    ['a number', [7], 'was given 7 as a scope'],
    ['an object', [{ scope: 'a' }], 'was given a value of type object as a scope'],
    ['two names in one string', ['a b'], 'was given "a b" as a scope'],
    ['a name with quotes', ['a"'], 'was given "a\\"" as a scope'],
    ['a token in the wrong place', [`sk ${'a'.repeat(49)}`], 'was given "sk aaaaaaaa..." as a scope'],
    ['a wrong one behind a good one', ['a', undefined], 'was given undefined as a scope'],
    ['*', ['*'], 'was given the wildcard "*"'],
    ['reports:*', ['a', 'reports:*'], 'was given the wildcard "reports:*"'],
    ['an array with a wildcard', [['a', '*']], 'was given the wildcard "*"'],
    ['an array and more', [['a'], 'b'], 'takes one array, or scopes one after the other, not both'],
    ['scopes and an array', ['a', ['b']], 'was given an array as a scope'],
    ['a function and more', [() => 'a', 'b'], 'takes one function and nothing beside it'],
    ['a request handler', ['a', () => {}], 'was given a value of type function as a scope']
  ])('%s is a TypeError', (_, given, message) => {
    expect(build(...given)).toThrow(TypeError)
    expect(build(...given)).toThrow(`${name}() ${message}`)
  })
})

describe.each(expressVersions)('on $name', ({ express }) => {
  async function ask(guard: RequestHandler, options: object = {}) {
    const app = express()
    app.use(apiKeyAuth({ keys, ...options }))
    app.get('/', guard, (_, res) => void res.send('in'))
    return (await serve(app)).request({ authorization: bearer })
  }

  test.each([
    ['an empty string', ''],
    ['a wildcard', 'reports:*'],
    ['two names in one string', 'a b'],
    ['a quote, which would end the challenge', 'a", error="none'],
    ['a name of 129 characters', 'a'.repeat(129)]
  ])('a function that makes %s of the request: 403, since no key can have it by name', async (_, scope) => {
    const { status, headers, body } = await ask(requireScopes(() => scope))
    expect(status).toBe(403)
    expect(headers['www-authenticate']).toBe('Bearer realm="api", error="insufficient_scope"')
    expect(JSON.parse(body)).toMatchObject({ detail: 'No API key can have the scope that this needs.' })
  })

  const boom = new Error('boom')
  const wrong: readonly (readonly [string, () => unknown])[] = [
    ['returns nothing', () => undefined],
    ['returns an empty array', () => []],
    ['returns a number', () => 7],
    ['returns true', () => true],
    ['returns a set', () => new Set(['a'])],
    ['returns an array with a hole', () => new Array(1)],
    [
      'throws',
      () => {
        throw boom
      }
    ],
    [
      'throws nothing',
      () => {
        throw undefined
      }
    ],
    ['returns a promise', async () => 'a'],
    [
      'returns a promise that rejects',
      async () => {
        throw boom
      }
    ]
  ]

  test.each(wrong)(
    'a function that %s: 500 that names the mistake, for a key that may do everything',
    async (_, scopesOf) => {
      for (const guard of [requireScopes, requireAnyScope]) {
        const answer = await ask(guard(scopesOf as unknown as ScopesOf))
        expect(answer.status).toBe(500)
        expect(JSON.parse(answer.body)).toEqual({
          title: 'Internal Server Error',
          status: 500,
          detail: `${guard.name}() was given a function that did not return scopes for this request.`,
          code: 'misconfigured'
        })
        expect(answer.headers['cache-control']).toBe('no-store')
      }
    }
  )

  test('what the function threw is the cause of the error that the app gets', async () => {
    let caught: unknown
    const onError = (err: ApiKeyError, _req: unknown, res: { end(): void }) => {
      caught = err
      res.end()
    }
    const guard = requireScopes(() => {
      throw boom
    })
    await ask(guard, { onError })
    expect(caught).toMatchObject({ code: 'misconfigured', cause: boom })
  })

  describe('without apiKeyAuth in front', () => {
    async function unguarded(handlers: RequestHandler[]) {
      const app = express()
      app.get('/', ...handlers, (_, res) => void res.send('in'))
      return (await serve(app)).request({ authorization: bearer })
    }

    test.each([requireScopes, requireAnyScope])('%o is a 500 that names the mistake', async (guard) => {
      const events = recordEvents()
      const answer = await unguarded([guard('a')])
      expect(answer.status).toBe(500)
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(JSON.parse(answer.body)).toMatchObject({
        code: 'misconfigured',
        detail: `${guard.name}() ran with no apiKeyAuth() before it on this route.`
      })
      expect(events).toEqual([
        { name: 'keystile:denied', payload: { reason: 'misconfigured', status: 500, ip: '127.0.0.1' } }
      ])
    })

    test('a req.apiKey that somebody else set passes no guard', async () => {
      const { apiKey } = await issue({ scopes: ['*'] })
      const { owner } = await keys.verify(token)
      const forge: RequestHandler = (req, _res, next) => {
        req.apiKey = apiKey
        req.owner = owner
        next()
      }
      expect((await unguarded([forge, requireScopes('a')])).status).toBe(500)
      expect((await unguarded([forge, requireAnyScope('a')])).status).toBe(500)
      const reads: RequestHandler = (req, res) => void res.json(getApiKey(req))
      expect((await unguarded([forge, reads])).status).toBe(500)
      expect((await unguarded([apiKeyAuth({ keys }), requireScopes('a')])).status).toBe(200)
    })

    test('a guard in front of apiKeyAuth is no guard behind it', async () => {
      expect((await unguarded([requireScopes('a'), apiKeyAuth({ keys })])).status).toBe(500)
    })

    test('getApiKey throws an ApiKeyError that says what to do', async () => {
      let caught: unknown
      await unguarded([
        (req, res) => {
          try {
            getApiKey(req)
          } catch (error) {
            caught = error
            res.end()
          }
        }
      ])
      expect(caught).toBeInstanceOf(ApiKeyError)
      expect(caught).toMatchObject({ code: 'misconfigured', status: 500 })
      expect((caught as Error).message).toContain('Put apiKeyAuth() before the route')
    })
  })
})
