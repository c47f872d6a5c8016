/** Bodies that attackers send to the management API: each gets a 4xx that names the field, and nothing is changed. */
import { expect, test } from 'vitest'
import { ofKeys, underAttack, withBody } from '../helpers/attacked.js'

const at = underAttack()

test.each(withBody)('%s with a long body is 413', async (_, route) => {
  const body = { ...route.body, name: 'x'.repeat(20_000) }
  await at.expectRefused(await at.ask({ ...route, body }, { as: 'ada' }), 413, 'body_too_large')
  await at.expectRefused(
    await at.ask({ ...route, body: { ...body, name: 'x'.repeat(2 ** 20) } }, { as: 'ada' }),
    413,
    'body_too_large'
  )
})

test.each(withBody)('%s takes JSON objects only', async (_, route) => {
  for (const body of ['[]', '"x"', '5', 'null', 'true']) {
    const asked = await at.ask(route, { as: 'ada', body })
    await at.expectRefused(asked, 400, 'invalid_argument')
    expect(asked.body.field).toBe('body')
  }
  for (const body of ['{', '{"name":"a"', 'name=a', "{'name':1}"])
    await at.expectRefused(await at.ask(route, { as: 'ada', body }), 400, 'invalid_argument')
  for (const type of [
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data',
    'application/jsonp',
    ''
  ])
    await at.expectRefused(
      await at.ask(route, { as: 'ada', headers: { 'content-type': type } }),
      415,
      'unsupported_media_type'
    )
  await at.expectRefused(
    await at.ask(route, { as: 'ada', headers: { 'content-encoding': 'gzip' } }),
    415,
    'unsupported_media_type'
  )
})

test.each(withBody)('%s names a field that it does not know', async (_, route) => {
  for (const field of ['userId', 'keyHash', 'isActive', 'metadata', 'id', 'constructor', 'prototype', 'usageCount']) {
    const asked = await at.ask({ ...route, body: { ...route.body, [field]: 'x' } }, { as: 'ada' })
    await at.expectRefused(asked, 400, 'invalid_argument')
    expect(asked.body.field).toBe(field)
  }
})

test.each(withBody)('%s refuses prototype keys, and nothing is polluted', async (_, route) => {
  const text = JSON.stringify(route.body)
  for (const name of ['__proto__', 'constructor']) {
    const body = `${text.slice(0, -1)},"${name}":{"allOwners":true,"polluted":true}}`
    await at.expectRefused(await at.ask(route, { as: 'ada', body }), 400, 'invalid_argument')
  }
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

const wrong: readonly (readonly [string, string, object, string])[] = [
  ...[5, true, null, [], ['a'], {}, { not: 'x' }, '', '   ', 'x'.repeat(101), 'a\nb', '\ud800'].flatMap((name) => [
    ['POST', '/', { name }, 'name'] as const,
    ['PATCH', '/:id', { name }, 'name'] as const
  ]),
  ...[
    'reports:read',
    { set: [] },
    5,
    null,
    [5],
    [null],
    [['reports:read']],
    [{ contains: 'x' }],
    ['a b'],
    ['"'],
    Array.from({ length: 101 }, (_, i) => `reports:${i}`)
  ].flatMap((scopes) => [
    ['POST', '/', { name: 'x', scopes }, 'scopes'] as const,
    ['PATCH', '/:id', { scopes }, 'scopes'] as const
  ]),
  ...[5, '', '90', '-1d', '0d', '90 d', null, {}, { gt: '1d' }, '99999999d'].flatMap((expiresIn) => [
    ['POST', '/', { name: 'x', expiresIn }, 'expiresIn'] as const,
    ['POST', '/:id/rotate', { grace: 0, expiresIn }, 'expiresIn'] as const
  ]),
  ...['tomorrow', '2020-01-01T00:00:00Z', '2030-02-30T00:00:00Z', '2030-01-01', 5, {}, '99999-01-01T00:00:00Z'].flatMap(
    (expiresAt) => [
      ['POST', '/', { name: 'x', expiresAt }, 'expiresAt'] as const,
      ['POST', '/:id/rotate', { grace: 0, expiresAt }, 'expiresAt'] as const
    ]
  ),
  ['POST', '/', { name: 'x', expiresIn: '1d', expiresAt: '2099-01-01T00:00:00Z' }, 'expiresIn'],
  ['POST', '/', {}, 'name'],
  ['POST', '/', { name: 'x', ownerId: { not: '' } }, 'ownerId'],
  ['POST', '/', { name: 'x', ownerId: null }, 'ownerId'],
  ['POST', '/:id/rotate', {}, 'grace'],
  ...[5, '', 'now', null, {}, '-1h', true].map((grace) => ['POST', '/:id/rotate', { grace }, 'grace'] as const),
  ...[5, null, {}, ['x'], 'x'.repeat(201), 'a\nb'].map(
    (reason) => ['POST', '/:id/revoke', { reason }, 'reason'] as const
  )
]
test.each(
  wrong.map(
    ([method, path, body, field]) =>
      [`${method} ${path}`, JSON.stringify(body).slice(0, 60), { method, path, body }, field] as const
  )
)('%s with %s names the field', async (_, __, route, field) => {
  const asked = await at.ask(route, { as: 'ada' })
  await at.expectRefused(asked, 400, 'invalid_argument')
  expect(String(asked.body.field).split('.')[0]).toBe(field)
})

test('scopes that one may not grant, wildcards among them, are 403; those that the app has not are 400', async () => {
  for (const scope of ['reports:write', '*', 'reports:*', 'reports:read:more', 'admin'])
    for (const route of [
      { method: 'POST', path: '/', body: { name: 'x', scopes: [scope] } },
      { method: 'PATCH', path: '/:id', body: { scopes: ['reports:read', scope] } }
    ])
      await at.expectRefused(await at.ask(route, { as: 'ada' }), 403, 'forbidden')
  await at.expectRefused(
    await at.site.ask('POST', '/', { as: 'eve', body: { name: 'x', scopes: ['nonsense'] } }),
    400,
    'invalid_argument'
  )
})

test('a change of nothing is refused, and names the fields that there are', async () => {
  const [, route] = withBody.find(([name]) => name.startsWith('PATCH')) ?? []
  if (!route) throw new Error('no such route')
  const asked = await at.ask({ ...route, body: {} }, { as: 'ada' })
  await at.expectRefused(asked, 400, 'invalid_argument')
  expect(asked.body).toMatchObject({ field: 'body', detail: 'Give what is to change: name or scopes.' })
})

test('fields of a query are refused where a route takes none', async () => {
  for (const [, route] of [...withBody, ...ofKeys.filter(([name]) => name === 'GET /:id')]) {
    const asked = await at.ask({ ...route, path: `${route.path}?dryRun=true` }, { as: 'ada' })
    await at.expectRefused(asked, 400, 'invalid_argument')
    expect(asked.body.field).toBe('dryRun')
  }
})
