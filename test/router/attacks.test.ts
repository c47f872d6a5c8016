/** What attackers try on each route of the management API: it is refused, as a problem, and nothing is changed. */
import { describe, expect, test } from 'vitest'
import { changing, each, ofKeys, underAttack } from '../helpers/attacked.js'

const at = underAttack()

describe('who asks', () => {
  test.each(each)('%s without a session is 401', async (_, route) => {
    const asked = await at.ask(route, {})
    await at.expectRefused(asked, 401, 'not_signed_in')
    expect(asked.headers.get('www-authenticate')).toBe('Session realm="api"')
  })

  test.each(ofKeys)("%s of another owner's key is 404, the same as of one that is not there", async (_, route) => {
    const theirs = await at.ask(route, { as: 'eve' })
    await at.expectRefused(theirs, 404, 'not_found')
    const nowhere = await at.ask(route, { as: 'eve' }, '01a209b9-7f21-77fc-bd21-7138e1bde099')
    expect(theirs.text).toBe(nowhere.text)
    expect([...theirs.headers.keys()]).toEqual([...nowhere.headers.keys()])
  })

  test.each(each)('%s with a key instead of a session is 403', async (_, route) => {
    await at.expectRefused(await at.ask(route, { headers: { authorization: `Bearer ${at.token}` } }), 403, 'forbidden')
  })

  test.each(each)('%s with a key beside a session is 403 as well', async (_, route) => {
    const asking = { as: 'ada', headers: { authorization: `Bearer ${at.token}` } }
    await at.expectRefused(await at.ask(route, asking), 403, 'forbidden')
  })

  test.each([
    ['GET', '/'],
    ['GET', '/events']
  ])("%s %s with another owner's id is 403", async (method, path) => {
    await at.expectRefused(
      await at.site.ask(method, `${path}?ownerId=${at.db.ownerId}`, { as: 'eve' }),
      403,
      'forbidden'
    )
  })

  test("a key can't be made for another owner", async () => {
    const body = { name: 'forged', ownerId: at.db.ownerId }
    await at.expectRefused(await at.site.ask('POST', '/', { as: 'eve', body }), 403, 'forbidden')
  })
})

describe('other sites', () => {
  const from = (headers: Readonly<Record<string, string | undefined>>) => ({ as: 'ada', headers })

  test.each(changing)('%s from a page of another site is 403', async (_, route) => {
    for (const site of ['cross-site', 'same-site', 'none', 'same-origin, cross-site', ''])
      await at.expectRefused(await at.ask(route, from({ 'sec-fetch-site': site })), 403, 'cross_site')
    for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1', 'file://', 'localhost', ''])
      await at.expectRefused(await at.ask(route, from({ 'sec-fetch-site': undefined, origin })), 403, 'cross_site')
    const own = `http://127.0.0.1:${at.site.port}`
    await at.expectRefused(
      await at.ask(route, from({ 'sec-fetch-site': 'cross-site', origin: own })),
      403,
      'cross_site'
    )
    await at.expectRefused(
      await at.ask(
        route,
        from({ 'sec-fetch-site': undefined, 'x-forwarded-host': 'evil.example', origin: 'http://evil.example' })
      ),
      403,
      'cross_site'
    )
    // From no browser of today: not with a cookie.
    await at.expectRefused(await at.ask(route, from({ 'sec-fetch-site': undefined })), 403, 'cross_site')
  })

  test.each(each.filter(([, { method }]) => method === 'GET'))(
    '%s tells other sites nothing that they can read',
    async (_, route) => {
      const { status, headers } = await at.ask(
        route,
        from({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' })
      )
      expect(status).toBe(200)
      expect(headers.get('access-control-allow-origin')).toBeNull()
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    }
  )
})

describe('paths and queries', () => {
  const noIds = [
    '%00',
    '%',
    '..%2f..%2f',
    "'%20OR%201=1--",
    '%7B%22not%22:%22%22%7D',
    '[object%20Object]',
    'undefined',
    'null',
    'x'.repeat(300),
    '%F0%9F%92%A9',
    '%ED%A0%80'
  ]
  test.each(ofKeys)('%s of an id that is none is 404', async (_, route) => {
    for (const noId of noIds) await at.expectRefused(await at.ask(route, { as: 'ada' }, noId), 404, 'not_found')
  })

  const queries = [
    'limit=0',
    'limit=101',
    'limit=x',
    'limit=1&limit=2',
    'cursor=x',
    'limit[not]=1',
    'ownerId[not]=x',
    '__proto__=x',
    'sort=name',
    'limit='
  ]
  test.each(queries.flatMap((query) => [`/?${query}`, `/events?${query}`]))('GET %s is 400', async (path) => {
    await at.expectRefused(await at.site.ask('GET', path, { as: 'ada' }), 400, 'invalid_argument')
  })

  test.each([
    'from=yesterday',
    'to=0001-01-05T00:00:00Z',
    'from=0000-01-01T00:00:00Z&to=0000-02-01T00:00:00Z',
    'to[gt]=1',
    'by=minute',
    'by=day&by=hour',
    'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
    'from=1990-01-01T00:00:00Z'
  ])('usage of %s is 400', async (query) => {
    await at.expectRefused(await at.site.ask('GET', `/${at.id}/usage?${query}`, { as: 'ada' }), 400, 'invalid_argument')
  })

  test.each([
    ['PUT', '/', 'GET, HEAD, POST'],
    ['DELETE', '/', 'GET, HEAD, POST'],
    ['POST', '/scopes', 'GET, HEAD'],
    ['PUT', '/:id', 'DELETE, GET, HEAD, PATCH'],
    ['GET', '/:id/revoke', 'POST'],
    ['OPTIONS', '/', 'GET, HEAD, POST']
  ])('%s %s is 405 and says what is allowed', async (method, path, allow) => {
    const asked = await at.ask({ method, path }, { as: 'ada' })
    await at.expectRefused(asked, 405, 'method_not_allowed')
    expect(asked.headers.get('allow')).toBe(allow)
  })
})

describe('again, and at once', () => {
  const make = async () => (await at.site.ask('POST', '/', { as: 'ada', body: { name: 'x' } })).body.apiKey.id
  const count = async (type: string, apiKeyId: string) =>
    (await at.db.sql('SELECT id FROM api_key_events WHERE type = ? AND api_key_id = ?', type, apiKeyId)).length

  test('a rotation that is sent again is 409; of two at once one wins', async () => {
    const rotate = (key: string) => at.site.ask('POST', `/${key}/rotate`, { as: 'ada', body: { grace: '1h' } })
    const key = await make()
    const answers = await Promise.all([rotate(key), rotate(key)])
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409])
    expect((await rotate(key)).status).toBe(409)
    expect(await count('rotated', key)).toBe(1)
  })

  test('a revocation that is sent again changes nothing; of two at once both are told that it is revoked', async () => {
    const revoke = (reason: string) => at.site.ask('POST', `/${key}/revoke`, { as: 'ada', body: { reason } })
    const key = await make()
    const answers = await Promise.all([revoke('one'), revoke('two')])
    expect(answers.map(({ status, body }) => [status, body.status])).toEqual([
      [200, 'revoked'],
      [200, 'revoked']
    ])
    const { revokedReason } = (await revoke('three')).body
    expect(['one', 'two']).toContain(revokedReason)
    expect(await count('revoked', key)).toBe(1)
  })

  test('a deletion that is sent again is 404; of two at once one wins', async () => {
    const remove = () => at.site.ask('DELETE', `/${key}`, { as: 'ada' })
    const key = await make()
    expect((await Promise.all([remove(), remove()])).map(({ status }) => status).sort()).toEqual([204, 404])
    expect((await remove()).status).toBe(404)
    expect(await count('deleted', key)).toBe(1)
  })

  test('two changes of a name at once both happen, one after the other', async () => {
    const rename = (name: string) => at.site.ask('PATCH', `/${key}`, { as: 'ada', body: { name } })
    const key = await make()
    expect((await Promise.all([rename('one'), rename('two')])).map(({ status }) => status)).toEqual([200, 200])
    expect(await count('updated', key)).toBe(2)
  })
})
