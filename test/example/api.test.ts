/** The example's API, with keys that its users make behind their login. */
import { Validator } from '@seriousme/openapi-schema-validator'
import { beforeAll, describe, expect, test } from 'vitest'
import { freshFolder, requireBuild } from '../helpers/built-package.js'
import { databaseIn, get, me, printedBy, startExample } from '../helpers/example-app.js'
import { ask } from '../helpers/sql.js'
import { until } from '../helpers/until.js'
import { type Visitor, visitor } from '../helpers/visitor.js'

requireBuild()

const password = 'correct horse battery'

async function signUp(url: string, email: string): Promise<Visitor> {
  const who = visitor(url)
  expect((await who.post('/sign-up', { email, password })).status).toBe(303)
  return who
}

async function makeKey(
  who: Visitor,
  scopes: readonly string[]
): Promise<{ status: number; token: string; code: string }> {
  const { status, text } = await who.json('POST', '/keys', { name: 'laptop', scopes })
  return { status, ...(JSON.parse(text) as { token: string; code: string }) }
}

describe('the API', { timeout: 60_000 }, () => {
  let url = ''
  let database = ''
  let ada: Visitor

  beforeAll(async () => {
    const folder = freshFolder()
    database = databaseIn(folder)
    url = (await printedBy(startExample({ cwd: folder }))).url
    ada = await signUp(url, 'ada@example.com')
  })

  const post = (token: string, body: string, type = 'application/json') =>
    fetch(`${url}/api/reports`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
      body
    })
  const reports = (token: string) => get(`${url}/api/reports`, { authorization: `Bearer ${token}` })

  test('a key made behind the login writes and reads reports, of its owner alone', async () => {
    const { status, token } = await makeKey(ada, ['reports:read', 'reports:write'])
    expect(status).toBe(201)
    expect(await me({ url }, token)).toMatchObject({ status: 200, body: { owner: 'ada@example.com', key: 'laptop' } })
    const made = await post(token, '{"title":" <i>Visitors</i> "}')
    expect(made.status).toBe(201)
    expect(await made.json()).toMatchObject({ title: '<i>Visitors</i>', text: '' })
    expect((await reports(token)).body['items']).toMatchObject([{ title: '<i>Visitors</i>' }])
    const grace = await signUp(url, 'grace@example.com')
    const hers = await makeKey(grace, ['reports:read'])
    expect((await reports(hers.token)).body['items']).toEqual([])
    expect((await post(hers.token, '{"title":"x"}')).status).toBe(403)
    expect((await ada.get('/')).text).toContain('&lt;i&gt;Visitors&lt;/i&gt;')
  })

  test.each([
    ['no title', '{}', 'application/json', 400, 'invalid_argument'],
    ['a field too many', '{"title":"x","userId":"y"}', 'application/json', 400, 'invalid_argument'],
    [
      'a title that is too long',
      JSON.stringify({ title: 'x'.repeat(201) }),
      'application/json',
      400,
      'invalid_argument'
    ],
    ['broken JSON', '{"title"', 'application/json', 400, 'bad_request'],
    ['no JSON', 'title=x', 'text/plain', 415, 'unsupported_media_type'],
    ['too much', JSON.stringify({ title: 'x', text: 'x'.repeat(60_000) }), 'application/json', 413, 'payload_too_large']
  ])('a body with %s is refused', async (_, body, type, status, code) => {
    const { token } = await makeKey(ada, ['reports:write'])
    const answer = await post(token, body, type)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(await answer.json()).toMatchObject({ status, code })
  })

  test('only admins make keys for admins, and these end with the office', async () => {
    expect(await makeKey(ada, ['users:admin'])).toMatchObject({ status: 403, code: 'forbidden' })
    const boss = await signUp(url, 'boss@example.com')
    await ask(database, "UPDATE users SET is_admin = 1 WHERE email = 'boss@example.com'")
    const { status, token } = await makeKey(boss, ['users:admin'])
    expect(status).toBe(201)
    const users = () => get(`${url}/api/admin/users`, { authorization: `Bearer ${token}` })
    const { status: shown, body } = await users()
    expect(shown).toBe(200)
    expect(body['items']).toEqual(expect.arrayContaining([expect.objectContaining({ email: 'ada@example.com' })]))
    expect(JSON.stringify(body)).not.toMatch(/\$2b|assword/)
    const { token: plain } = await makeKey(ada, ['reports:read'])
    expect((await get(`${url}/api/admin/users`, { authorization: `Bearer ${plain}` })).status).toBe(403)
    await ask(database, "UPDATE users SET is_admin = 0 WHERE email = 'boss@example.com'")
    expect((await users()).status).toBe(403)
  })

  test('a key ends with the account', async () => {
    const { token } = await makeKey(await signUp(url, 'eve@example.com'), ['reports:read'])
    expect((await reports(token)).status).toBe(200)
    await ask(database, "UPDATE users SET is_active = 0 WHERE email = 'eve@example.com'")
    await until(async () => (await reports(token)).status === 401)
  })

  test('openapi.json is valid, and has both APIs', async () => {
    const { body } = await get(`${url}/openapi.json`)
    expect(await new Validator().validate(structuredClone(body))).toEqual({ valid: true })
    expect(Object.keys(body['paths'] as object)).toEqual(
      expect.arrayContaining([
        '/api/me',
        '/api/reports',
        '/api/admin/users',
        '/keys',
        '/keys/{id}',
        '/keys/{id}/rotate'
      ])
    )
    expect((await visitor(url).get('/')).text).toContain('href="/openapi.json"')
  })
})
