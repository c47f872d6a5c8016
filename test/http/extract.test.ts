/** A key in a header of its own, as strict as the Bearer scheme. */
import { apiKeyAuth } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { embeddedKeys } from '../helpers/embedded-keys.js'
import { expressVersions, type Site, serve } from '../helpers/express-apps.js'

const { keys, issue } = await embeddedKeys()
const { token, bearer } = await issue()

describe.each(expressVersions)('on $name', ({ express }) => {
  let site: Site

  beforeAll(async () => {
    const app = express()
    app.use('/optional', apiKeyAuth({ keys, optional: true, extract: { header: 'X-Api-Key' } }))
    app.get('/optional', (req, res) => void res.json({ id: req.apiKey?.id ?? null }))
    app.use('/plain', apiKeyAuth({ keys }))
    app.get('/plain', (_, res) => void res.json({}))
    app.use(apiKeyAuth({ keys, extract: { header: 'X-Api-Key' } }))
    app.get('/', (_, res) => void res.json({}))
    site = await serve(app)
  })

  const ask = (headers: readonly string[], path = '/') =>
    site
      .send([`GET ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n'))
      .then(([answer]) => answer)

  test.each(['X-Api-Key', 'x-api-key', 'X-API-KEY'])('%s has the key alone', async (name) => {
    expect(await ask([`${name}: ${token}`])).toMatchObject({ status: 200 })
  })

  test('the Bearer scheme works beside it', async () => {
    expect(await ask([`Authorization: ${bearer}`])).toMatchObject({ status: 200 })
  })

  test.each([
    ['a scheme before it', [`X-Api-Key: ${bearer}`], 'The X-Api-Key header must be the key and nothing else.'],
    ['two in one', [`X-Api-Key: ${token}, ${token}`], 'The X-Api-Key header must be the key and nothing else.'],
    ['quotes', [`X-Api-Key: "${token}"`], 'The X-Api-Key header must be the key and nothing else.'],
    [
      'twice',
      [`X-Api-Key: ${token}`, `X-Api-Key: ${token}`],
      'The request has the header of the API key more than once.'
    ],
    [
      'both',
      [`X-Api-Key: ${token}`, `Authorization: ${bearer}`],
      'The request has two credentials: send the API key in one header only.'
    ],
    [
      'both, one malformed',
      [`X-Api-Key: ${token}`, 'Authorization: Bearer'],
      'The request has two credentials: send the API key in one header only.'
    ],
    [
      'both, the other malformed',
      ['X-Api-Key: a b', `Authorization: ${bearer}`],
      'The request has two credentials: send the API key in one header only.'
    ]
  ])('%s is a 400', async (_, headers, detail) => {
    for (const path of ['/', '/optional']) {
      const answer = await ask(headers, path)
      expect(answer).toMatchObject({ status: 400 })
      expect(JSON.parse(answer?.body ?? '')).toMatchObject({ code: 'invalid_request', detail })
    }
  })

  test('a wrong key is a 401, an empty one none at all', async () => {
    expect(await ask([`X-Api-Key: ${token.slice(0, -1)}`])).toMatchObject({ status: 401 })
    expect(await ask([`X-Api-Key: ${token.slice(0, -1)}`], '/optional')).toMatchObject({ status: 401 })
    expect(await ask(['X-Api-Key:'])).toMatchObject({ status: 401 })
    expect(await ask(['X-Api-Key:'], '/optional')).toMatchObject({ status: 200, body: '{"id":null}' })
  })

  test("another scheme beside it is a proxy's, and not a second key", async () => {
    expect(await ask([`X-Api-Key: ${token}`, 'Authorization: Basic YTpi'])).toMatchObject({ status: 200 })
  })

  test.each([
    ['/', 'Authorization: Bearer <key>, or X-Api-Key: <key>'],
    ['/plain', 'Authorization: Bearer <key>']
  ])('who sends no key to %s is told: %s', async (path, where) => {
    const answer = await ask([], path)
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({
      code: 'missing_credentials',
      detail: `An API key is needed. Send it in the header: ${where}`
    })
  })

  test('without extract the header is nothing', async () => {
    expect(await ask([`X-Api-Key: ${token}`], '/plain')).toMatchObject({ status: 401 })
    expect(await ask([`X-Api-Key: ${token}`, `Authorization: ${bearer}`], '/plain')).toMatchObject({ status: 200 })
  })
})

test.each([
  ['X-Api-Key', 'extract() takes an object of options, not a string.'],
  [{ header: '' }, "extract must be { header: 'X-Api-Key' }, the name of a header of its own, not an empty string."],
  [
    { header: 'X Api Key' },
    'extract must be { header: \'X-Api-Key\' }, the name of a header of its own, not "X Api Key".'
  ],
  [
    { header: 'Authorization' },
    'extract must be { header: \'X-Api-Key\' }, the name of a header of its own, not "Authorization".'
  ],
  [{}, "extract must be { header: 'X-Api-Key' }, the name of a header of its own, not undefined."],
  [{ headers: 'X-Api-Key' }, 'extract() knows no option "headers"; did you mean "header"?']
])('extract: %j is a TypeError', (extract, message) => {
  expect(() => apiKeyAuth({ keys, extract: extract as never })).toThrow(message)
})
