/** `optional` lets requests without credentials through, and never one with bad ones. */
import { apiKeyAuth, getApiKey, requireScopes } from 'keystile'
import { describe, expect, test } from 'vitest'
import { embeddedKeys } from '../helpers/embedded-keys.js'
import { expressVersions, serve } from '../helpers/express-apps.js'

const { keys, issue } = await embeddedKeys()
const { token, bearer, apiKey } = await issue({ scopes: ['a'] })
const revoked = await issue()
await keys.revoke(revoked.apiKey.id)

const slip = `${token.slice(0, 20)}${token[20] === 'A' ? 'B' : 'A'}${token.slice(21)}`
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.ZRrHA1JJJW8opsbCGfG_HACGpVUMN_a9IV7pAx_Zmeo'

describe.each(expressVersions)('on $name', ({ express }) => {
  async function ask(options: object, authorization?: string, path = '/') {
    const app = express()
    app.use(apiKeyAuth({ keys, ...options }))
    app.get('/', (req, res) => void res.json({ id: req.apiKey?.id ?? null, owner: req.owner !== undefined }))
    app.get('/guarded', requireScopes('a'), (_, res) => void res.send('in'))
    app.get('/reads', (req, res) => void res.json(getApiKey(req).apiKey.id))
    return (await serve(app)).request({ authorization, path })
  }
  const anonymous = { status: 200, body: '{"id":null,"owner":false}' }

  describe.each([
    ['optional', { optional: true }],
    ["optional with foreignTokens: 'pass'", { optional: true, foreignTokens: 'pass' }]
  ])('%s', (_, options) => {
    test.each([
      ['no Authorization', undefined],
      ['an empty one', ''],
      ['Basic', 'Basic YWRhOmh1bnRlcjI='],
      ['Negotiate', 'Negotiate YII='],
      ['a scheme of its own', 'Token abc']
    ])('%s passes without a key', async (_, authorization) => {
      expect(await ask(options, authorization)).toMatchObject(anonymous)
    })

    test('a good key is let in as itself', async () => {
      expect(await ask(options, bearer)).toMatchObject({ status: 200, body: `{"id":"${apiKey.id}","owner":true}` })
    })

    test.each([
      ['no token', 'Bearer', 400],
      ['two tokens', `${bearer} ${token}`, 400],
      ['a tab', `Bearer\t${token}`, 400],
      ['a quoted token', `Bearer "${token}"`, 400],
      ['a slip in the token', `Bearer ${slip}`, 401],
      ['half a token', `Bearer ${token.slice(0, 30)}`, 401],
      ['a revoked key', revoked.bearer, 401]
    ])('%s is refused', async (_, authorization, status) => {
      expect((await ask(options, authorization)).status).toBe(status)
    })

    test.each([
      ['without credentials', undefined],
      ['with another scheme', 'Basic YTpi']
    ])('%s a guard answers 401 with the bare challenge', async (_, authorization) => {
      const answer = await ask({ ...options, realm: 'shop' }, authorization, '/guarded')
      expect(answer.status).toBe(401)
      expect(answer.headers).toMatchObject({ 'www-authenticate': 'Bearer realm="shop"', 'cache-control': 'no-store' })
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'missing_credentials' })
    })

    test('without credentials getApiKey is a 500', async () => {
      expect((await ask(options, undefined, '/reads')).status).toBe(500)
    })
  })

  test.each([
    ['a JWT', jwt],
    ['a token of another system', 'ghp_16C7e42F292c6912E7710c838347Ae178B4a'],
    ['a short one', 'abc']
  ])("%s is refused, but passes with foreignTokens: 'pass', and then no guard", async (_, foreign) => {
    expect((await ask({}, `Bearer ${foreign}`)).status).toBe(401)
    expect((await ask({ optional: true }, `Bearer ${foreign}`)).status).toBe(401)
    expect((await ask({ optional: true, foreignTokens: 'refuse' }, `Bearer ${foreign}`)).status).toBe(401)
    const pass = { optional: true, foreignTokens: 'pass' }
    expect(await ask(pass, `Bearer ${foreign}`)).toMatchObject(anonymous)
    expect((await ask(pass, `Bearer ${foreign}`, '/guarded')).status).toBe(401)
  })
})
