/** Where a key may be used from, and how often: what is taken, and what is refused with what was wrong. */
import { describe, expect, test } from 'vitest'
import { databases } from './helpers/databases.js'
import { embeddedKeys } from './helpers/embedded-keys.js'
import { freshKeys } from './helpers/keys.js'

const { keys, issue, sql } = await embeddedKeys()

describe('allowedIps', () => {
  test.each([
    [['203.0.113.7'], ['203.0.113.7']],
    [
      ['203.0.113.0/24', '2001:DB8:0::/32'],
      ['203.0.113.0/24', '2001:db8::/32']
    ],
    [['::ffff:203.0.113.7', '203.0.113.7'], ['203.0.113.7']],
    [['::ffff:203.0.113.0/120'], ['203.0.113.0/24']],
    [
      ['0.0.0.0/0', '::/0'],
      ['0.0.0.0/0', '::/0']
    ],
    [null, null]
  ])('%j is kept as %j', async (given, kept) => {
    const { apiKey } = await issue({ allowedIps: given })
    expect(apiKey.allowedIps).toEqual(kept)
    expect((await keys.get(apiKey.id))?.allowedIps).toEqual(kept)
  })

  test.each([
    ['203.0.113.7', 'allowedIps must be an array of addresses, or null, not a string.'],
    [[], 'allowedIps has no address: nobody could use the key. null is anywhere.'],
    [
      ['localhost'],
      '"localhost" is no address or range: they are such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.'
    ],
    [[7], '7 is no address or range: they are such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.'],
    [Array.from({ length: 101 }, (_, i) => `10.0.0.${i}`), 'A key has at most 100 allowedIps; these are 101.']
  ])('%j is refused', async (given, message) => {
    const made = issue({ allowedIps: given as string[] })
    await expect(made).rejects.toMatchObject({ code: 'invalid_argument', field: 'allowedIps', message })
  })

  test.each([
    '203.0.113.0/33',
    '203.0.113.0/-1',
    '203.0.113.0/',
    '203.0.113.0/024',
    '203.0.113.0/24/24',
    '2001:db8::/129',
    '::ffff:203.0.113.0/24',
    'fe80::1%eth0',
    '1.2.3',
    '0x7f.1',
    ' 203.0.113.7',
    '203.0.113.7:80',
    '/24',
    '',
    '*'
  ])('the range %j is refused', async (range) => {
    await expect(issue({ allowedIps: [range] })).rejects.toMatchObject({ field: 'allowedIps' })
  })
})

describe('ranges of one family hold for that family', () => {
  test.each([
    ['::/0', '2001:db8::1', true],
    ['::/0', '203.0.113.7', false],
    ['::/0', '::ffff:203.0.113.7', false],
    ['::/64', '::ffff:203.0.113.7', false],
    ['0.0.0.0/0', '203.0.113.7', true],
    ['0.0.0.0/0', '::ffff:203.0.113.7', true],
    ['0.0.0.0/0', '::ffff:cb00:7107', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::ffff:0:0/96', '203.0.113.7', true],
    ['::ffff:0:0/96', '2001:db8::1', false]
  ])('%s and %s: %j', async (range, ip, isIn) => {
    const { token } = await issue({ allowedIps: [range] })
    const answer = keys.verify(token, { ip }).then(
      () => true,
      ({ reason }) => reason
    )
    expect(await answer).toBe(isIn ? true : 'ip_not_allowed')
  })
})

describe('rateLimit', () => {
  test('is kept as given', async () => {
    const { apiKey } = await issue({ rateLimit: { limit: 100, window: '1m' } })
    expect((await keys.get(apiKey.id))?.rateLimit).toEqual({ limit: 100, window: '1m' })
  })

  test.each([
    ['100/1m', 'rateLimit must be { limit, window } or null, not a string.'],
    [{ limit: 0, window: '1m' }, 'rateLimit.limit must be a whole number from 1 to 1000000000, not 0.'],
    [{ limit: 1.5, window: '1m' }, 'rateLimit.limit must be a whole number from 1 to 1000000000, not 1.5.'],
    [{ limit: 1 }, "rateLimit.window must be a duration from '1s' to '7d', not undefined."],
    [{ limit: 1, window: 60_000 }, "rateLimit.window must be a duration from '1s' to '7d', not 60000."],
    [{ limit: 1, window: '8d' }, "rateLimit.window must be a duration from '1s' to '7d', not \"8d\"."],
    [{ limit: 1, window: '1m', burst: 3 }, 'rateLimit knows no field "burst": it is { limit, window }.']
  ])('%j is refused', async (given, message) => {
    const made = issue({ rateLimit: given as never })
    await expect(made).rejects.toMatchObject({ code: 'invalid_argument', field: 'rateLimit', message })
  })
})

describe.each(databases)('on $name', (database) => {
  test('both are changed, and cleared, by update; a rotation keeps them, and the trail tells', async () => {
    const { keys, owner } = await freshKeys(database)
    const { apiKey } = await keys.create({ ownerId: owner.id, name: 'a', allowedIps: ['203.0.113.7'] })
    const rateLimit = { limit: 5, window: '1h' } as const
    await keys.update(apiKey.id, { rateLimit })
    const { apiKey: next } = await keys.rotate(apiKey.id, { grace: 0 })
    expect(next).toMatchObject({ allowedIps: ['203.0.113.7'], rateLimit })
    expect(await keys.update(next.id, { allowedIps: null, rateLimit: null })).toMatchObject({
      allowedIps: null,
      rateLimit: null
    })
    const { items } = await keys.events({ apiKeyId: next.id })
    expect(items.map(({ type, changes }) => ({ type, ...changes }))).toMatchObject([
      { type: 'updated', allowedIps: { from: ['203.0.113.7'], to: null }, rateLimit: { from: rateLimit, to: null } },
      { type: 'created', allowedIps: ['203.0.113.7'], rateLimit }
    ])
  })
})

test.each([
  ['allowed_ips', 'nowhere'],
  ['allowed_ips', '[]'],
  ['allowed_ips', '["nowhere"]'],
  ['allowed_ips', '{"0":"::/0"}'],
  ['rate_limit', '{"limit":"many","window":"1m"}']
])('a row whose %s is %j is refused, not let in from anywhere', async (column, value) => {
  const { apiKey, token } = await issue()
  await sql(`UPDATE api_keys SET ${column} = ? WHERE id = ?`, value, String(apiKey.id))
  await expect(async () => {
    for (let i = 0; i < 40; i++) {
      await keys.verify(token, { ip: '203.0.113.7' })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }).rejects.toMatchObject({ reason: 'damaged' })
  expect((await keys.get(apiKey.id))?.status).toBe('damaged')
})
