/** Mistakes in an app's use of apiKeyRouter(): those that can be seen are seen when the app is built. */
import { type Actor, type ApiKeyRouterOptions, apiKeyRouter } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { type EmbeddedKeys, embeddedKeys } from '../helpers/embedded-keys.js'
import { management } from '../helpers/management.js'

let db: EmbeddedKeys
beforeAll(async () => {
  db = await embeddedKeys()
})
const actor = () => null

test.each([
  [undefined, 'needs actor'],
  [{}, 'needs actor'],
  [{ actor: 'ada' }, 'needs actor'],
  [{ actor, maxKeysPerOwner: 0 }, 'maxKeysPerOwner must be'],
  [{ actor, maxKeysPerOwner: Number.POSITIVE_INFINITY }, 'maxKeysPerOwner must be'],
  [{ actor, apiKeyScope: '' }, 'apiKeyRouter() was given'],
  [{ actor, apiKeyScope: 'keys:*' }, 'wildcard'],
  [{ actor, page: 'yes' }, 'page must be true or false'],
  [{ actor, signInPath: '//evil.example' }, 'signInPath must be a path'],
  [{ actor, signInPath: '/\\evil.example' }, 'signInPath must be a path'],
  [{ actor, signInPath: 'https://evil.example' }, 'signInPath must be a path'],
  [{ actor, keys: {} }, 'keys must be what createApiKeys() returned'],
  [{ actor, maxKeyPerOwner: 5 }, 'did you mean "maxKeysPerOwner"?']
])('apiKeyRouter(%j) throws', (options, message) => {
  expect(() => apiKeyRouter(options as unknown as ApiKeyRouterOptions)).toThrow(TypeError)
  expect(() => apiKeyRouter(options as unknown as ApiKeyRouterOptions)).toThrow(message)
})

describe('an actor that is none is a 500, never everybody', () => {
  test.each([
    ['a text', 'ada'],
    ['no owner', { scopes: [] }],
    ['an undefined owner', { ownerId: undefined, scopes: [] }],
    ['an operator as owner', { ownerId: { not: '' }, scopes: [] }],
    ['no scopes', { ownerId: 'x' }],
    ['a text as scopes', { ownerId: 'x', scopes: '*' }],
    ['a text for every owner', { ownerId: 'x', scopes: [], allOwners: 'false' }],
    ['a long name', { ownerId: 'x', scopes: [], name: 'x'.repeat(201) }],
    ['a name of two lines', { ownerId: 'x', scopes: [], name: 'Ada\nLovelace' }]
  ])('%s', async (_, wrong) => {
    const { ask } = await management({ keys: db.keys, people: {}, options: { actor: () => wrong as Actor } })
    for (const [method, path] of [
      ['GET', '/'],
      ['POST', '/']
    ] as const) {
      const { status, body } = await ask(method, path, { ...(method === 'POST' && { body: { name: 'x' } }) })
      expect({ status, code: body.code }).toEqual({ status: 500, code: 'misconfigured' })
      expect(body.detail).toContain('actor() ')
    }
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('session store is down')
      }
    ],
    ['rejects', () => Promise.reject(new Error('session store is down'))]
  ])('one that %s is handed to the app', async (_, actor) => {
    const { ask } = await management({ keys: db.keys, people: {}, options: { actor } })
    expect((await ask('GET', '/')).status).toBe(500)
    expect((await db.keys.list()).items).toEqual([])
  })

  test('undefined is nobody, and a promise is waited for', async () => {
    const nobody = await management({ keys: db.keys, people: {}, options: { actor: () => undefined } })
    expect((await nobody.ask('GET', '/')).status).toBe(401)
    const later = await management({
      keys: db.keys,
      people: {},
      options: { actor: async () => ({ ownerId: db.ownerId, scopes: [] }) }
    })
    expect((await later.ask('GET', '/')).status).toBe(200)
  })
})

describe('where browsers do not say where a request comes from', () => {
  const people = () => ({ ada: { ownerId: db.ownerId, scopes: [] } })
  const post = (headers: Record<string, string | undefined>) => ({
    as: 'ada',
    body: { name: 'x' },
    headers: { 'sec-fetch-site': undefined, ...headers }
  })

  test('the Origin of the own host will do', async () => {
    const { ask, port } = await management({ keys: db.keys, people: people() })
    expect((await ask('POST', '/', post({ origin: `http://127.0.0.1:${port}` }))).status).toBe(201)
  })

  test('behind a proxy that the app trusts it is the host that the proxy was asked for', async () => {
    const headers = { origin: 'http://app.example', 'x-forwarded-host': 'app.example' }
    const trusting = await management({
      keys: db.keys,
      people: people(),
      before: (app) => void app.set('trust proxy', 'loopback')
    })
    expect((await trusting.ask('POST', '/', post(headers))).status).toBe(201)
    expect((await trusting.ask('POST', '/', post({ ...headers, origin: 'http://other.example' }))).status).toBe(403)
    const other = await management({ keys: db.keys, people: people() })
    expect((await other.ask('POST', '/', post(headers))).status).toBe(403)
  })
})
