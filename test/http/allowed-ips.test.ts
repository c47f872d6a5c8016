/** Keys that may be used from some addresses only, over real sockets, behind proxies and not. */
import { apiKeyAuth } from 'keystile'
import { describe, expect, test } from 'vitest'
import { embeddedKeys } from '../helpers/embedded-keys.js'
import { expressVersions, serve } from '../helpers/express-apps.js'
import { recordEvents } from '../helpers/recorded-events.js'

const { keys, issue } = await embeddedKeys()
const here = await issue({ allowedIps: ['127.0.0.0/8'] })
const elsewhere = await issue({ allowedIps: ['203.0.113.0/24', '2001:db8::/32'] })
const anywhere = await issue()

const refused = {
  status: 403,
  body: JSON.stringify({
    title: 'Forbidden',
    status: 403,
    detail: 'The API key may not be used from this address.',
    code: 'ip_not_allowed'
  })
}

describe.each(expressVersions)('on $name', ({ express }) => {
  async function site(trustProxy?: unknown) {
    const app = express()
    if (trustProxy !== undefined) app.set('trust proxy', trustProxy)
    // A part of the app that is an app of its own has the settings of the whole.
    const api = express()
    api.use(apiKeyAuth({ keys }))
    api.get('/', (req, res) => void res.json({ ip: req.ip }))
    app.use(api)
    const { request } = await serve(app)
    return ({ bearer }: { bearer: string }, forwardedFor?: string) =>
      request({ authorization: bearer, ...(forwardedFor && { headers: [['X-Forwarded-For', forwardedFor]] }) })
  }

  test('a key is let in from its addresses, and refused from others', async () => {
    const ask = await site()
    expect((await ask(here)).status).toBe(200)
    expect((await ask(anywhere)).status).toBe(200)
    expect(await ask(elsewhere)).toMatchObject(refused)
    expect(await ask(elsewhere, '203.0.113.7')).toMatchObject(refused)
  })

  test('a refusal tells the reason to the app, with the key, and counts as denied', async () => {
    const ask = await site()
    const { bearer, apiKey } = await issue({ allowedIps: ['203.0.113.7'] })
    const events = recordEvents()
    await ask({ bearer })
    expect(events.find(({ name }) => name === 'keystile:denied')?.payload).toMatchObject({
      reason: 'ip_not_allowed',
      status: 403,
      apiKeyId: apiKey.id,
      ip: '127.0.0.1'
    })
    await expect.poll(() => keys.usage(apiKey.id), { timeout: 5_000 }).toMatchObject({ allowed: 0, denied: 1 })
    expect((await keys.get(apiKey.id))?.usageCount).toBe(0)
  })

  test('behind a proxy that is known, the address is the one that it tells of', async () => {
    for (const trusted of [1, 'loopback', ['127.0.0.1'], (address: string) => address === '127.0.0.1']) {
      const ask = await site(trusted)
      expect((await ask(elsewhere, '203.0.113.7')).status).toBe(200)
      expect((await ask(elsewhere, '2001:db8::7')).status).toBe(200)
      expect((await ask(elsewhere, '::ffff:203.0.113.7')).status).toBe(200)
      expect(await ask(elsewhere, '198.51.100.7')).toMatchObject(refused)
      // What a client wrote itself stands before what the proxy adds.
      expect(await ask(elsewhere, '203.0.113.7, 198.51.100.7')).toMatchObject(refused)
      expect(await ask(here, '198.51.100.7')).toMatchObject(refused)
      expect(await ask(elsewhere, 'nonsense')).toMatchObject(refused)
    }
  })

  test('where anyone may write their address, such a key is refused, and an event says why', async () => {
    for (const anyone of [true, '0.0.0.0/1, 128.0.0.0/1', () => true]) {
      const ask = await site(anyone)
      const events = recordEvents()
      expect(await ask(elsewhere, '203.0.113.7')).toMatchObject(refused)
      expect(await ask(here)).toMatchObject(refused)
      expect((await ask(anywhere, '203.0.113.7')).status).toBe(200)
      const [warning] = events.filter(({ name }) => name === 'keystile:warning')
      expect(warning?.payload).toMatchObject({
        code: 'trust_proxy',
        message: expect.stringContaining("app.set('trust proxy', 1)")
      })
      expect(events.find(({ name }) => name === 'keystile:denied')?.payload).toMatchObject({ reason: 'ip_forgeable' })
    }
  })
})

test('a change holds for the next request, though the key is remembered', async () => {
  const { token, apiKey } = await issue()
  const from = (ip?: string) => keys.verify(token, ip === undefined ? {} : { ip })
  expect((await from('198.51.100.7')).apiKey.allowedIps).toBeNull()
  await keys.update(apiKey.id, { allowedIps: ['203.0.113.7'] })
  await expect(from('198.51.100.7')).rejects.toMatchObject({ code: 'ip_not_allowed', status: 403 })
  await expect(from()).rejects.toMatchObject({ reason: 'ip_not_allowed' })
  expect((await from('203.0.113.7')).apiKey.allowedIps).toEqual(['203.0.113.7'])
})

test('a key that is revoked too says nothing of its addresses', async () => {
  const { bearer, apiKey } = await issue({ allowedIps: ['203.0.113.7'] })
  await keys.revoke(apiKey.id)
  await expect(keys.verify(bearer.slice(7))).rejects.toMatchObject({ code: 'invalid_token' })
})
