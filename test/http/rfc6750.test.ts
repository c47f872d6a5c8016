/** The Bearer scheme on the wire, section by section, on both versions of Express. */
import { apiKeyAuth, requireScopes } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { embeddedKeys } from '../helpers/embedded-keys.js'
import { expressVersions, type Site, serve } from '../helpers/express-apps.js'

const { keys, issue } = await embeddedKeys()
const { token, bearer, apiKey } = await issue({ scopes: ['reports:read'] })
const { token: unknown, apiKey: deleted } = await issue()
await keys.delete(deleted.id)

const problem = (title: string, status: number, code: string, detail: string, more = {}) =>
  JSON.stringify({ title, status, detail, code, ...more })

const missing = problem(
  'Unauthorized',
  401,
  'missing_credentials',
  'An API key is needed. Send it in the header: Authorization: Bearer <key>'
)
const malformed = problem(
  'Bad Request',
  400,
  'invalid_request',
  'The Authorization header must be the word Bearer, a space, and the key; nothing else.'
)
const notValid = problem('Unauthorized', 401, 'invalid_token', 'The API key is not valid.')

describe.each(expressVersions)('on $name', ({ express }) => {
  let site: Site

  beforeAll(async () => {
    const app = express()
    app.use(apiKeyAuth({ keys }))
    app.get('/', (req, res) => void res.json({ id: req.apiKey?.id }))
    app.get('/write', requireScopes('reports:read', 'reports:write'), (_, res) => void res.json({}))
    site = await serve(app)
  })

  const ask = (authorization?: string, path = '/') => site.request({ authorization, path })

  describe('section 2.1: Authorization request header field', () => {
    test.each(['Bearer', 'bearer', 'BEARER', 'bEARER'])('the scheme is accepted as %s', async (scheme) => {
      expect(await ask(`${scheme} ${token}`)).toMatchObject({ status: 200, body: JSON.stringify({ id: apiKey.id }) })
    })

    test.each([1, 2, 3, 50])('%i spaces before the token are accepted', async (spaces) => {
      expect((await ask(`Bearer${' '.repeat(spaces)}${token}`)).status).toBe(200)
    })

    test.each([
      ['no token', 'Bearer'],
      ['no token after a space', 'Bearer '],
      ['a tab for the space', `Bearer\t${token}`],
      ['a tab after the space', `Bearer \t${token}`],
      ['two tokens', `${bearer} ${token}`],
      ['a list of two', `${bearer}, ${token}`],
      ['a list of two credentials', `${bearer}, ${bearer}`],
      ['a comma at the end', `${bearer},`],
      ['a parameter', `Bearer token="${token}"`],
      ['quotes', `Bearer "${token}"`],
      ['a character that is not in token68', `${bearer}!`],
      ['padding in the middle', `Bearer ${token}=${token}`]
    ])('%s is a 400 invalid_request', async (_, authorization) => {
      const answer = await ask(authorization)
      expect(answer).toMatchObject({ status: 400, body: malformed })
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="api", error="invalid_request"')
    })

    test.each([
      ['in lower case', `Bearer ${token.toLowerCase()}`],
      ['in upper case', `Bearer ${token.toUpperCase()}`],
      ['without its last character', bearer.slice(0, -1)],
      ['with one character more', `${bearer}A`],
      ['with padding', `${bearer}=`],
      ['with another prefix', `Bearer pk_${token.slice(3)}`]
    ])('a token %s is another token', async (_, authorization) => {
      expect(await ask(authorization)).toMatchObject({ status: 401, body: notValid })
    })
  })

  describe('sections 2.2 and 2.3: form-encoded body and URI query parameter', () => {
    test('a token in the query is not read', async () => {
      expect(await ask(undefined, `/?access_token=${token}`)).toMatchObject({ status: 401, body: missing })
    })

    test('a token in a form is not read', async () => {
      const headers = [['Content-Type', 'application/x-www-form-urlencoded']] as const
      const answer = await site.request({ method: 'POST', headers, body: `access_token=${token}` })
      expect(answer).toMatchObject({ status: 401, body: missing })
    })

    test.each(['X-API-Key', 'Proxy-Authorization', 'X-Authorization', 'Cookie'])(
      'a token in the header %s is not read',
      async (name) => {
        const answer = await site.request({ headers: [[name, bearer]] })
        expect(answer).toMatchObject({ status: 401, body: missing })
      }
    )
  })

  describe('section 3: the WWW-Authenticate response header field', () => {
    test.each([
      ['no Authorization', undefined],
      ['an empty one', ''],
      ['another scheme', 'Basic YWRhOmh1bnRlcjI='],
      ['a scheme that begins like Bearer', `Bearers ${token}`]
    ])('with %s the challenge has a realm and no error code', async (_, authorization) => {
      const answer = await ask(authorization)
      expect(answer).toMatchObject({ status: 401, body: missing })
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="api"')
    })
  })

  describe('section 3.1: error codes', () => {
    test('a token that is not valid is a 401 invalid_token', async () => {
      const answer = await ask(`Bearer ${unknown}`)
      expect(answer).toMatchObject({ status: 401, body: notValid })
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="api", error="invalid_token"')
    })

    test('a missing scope is a 403 insufficient_scope, with the scopes that are necessary', async () => {
      const answer = await ask(bearer, '/write')
      expect(answer).toMatchObject({
        status: 403,
        body: problem('Forbidden', 403, 'insufficient_scope', 'The API key lacks the scope reports:write.', {
          missingScopes: ['reports:write']
        })
      })
      expect(answer.headers['www-authenticate']).toBe(
        'Bearer realm="api", error="insufficient_scope", scope="reports:read reports:write"'
      )
    })
  })

  describe('section 5.3: no refusal is stored by a cache', () => {
    test.each([
      ['without credentials', 401, undefined, '/'],
      ['malformed', 400, 'Bearer', '/'],
      ['not valid', 401, `Bearer ${unknown}`, '/'],
      ['without the scope', 403, bearer, '/write']
    ])(
      '%s: %i with no-store, as application/problem+json of the right length',
      async (_, status, authorization, path) => {
        const answer = await ask(authorization, path)
        expect(answer.status).toBe(status)
        expect(answer.headers).toMatchObject({
          'cache-control': 'no-store',
          'content-type': 'application/problem+json; charset=utf-8',
          'content-length': String(Buffer.byteLength(answer.body))
        })
        expect(answer.headers).not.toHaveProperty('retry-after')
      }
    )

    test('an accepted request gets none of these headers', async () => {
      const { headers } = await ask(bearer)
      expect(headers).not.toHaveProperty('www-authenticate')
      expect(headers).not.toHaveProperty('cache-control')
    })
  })
})
