/** No token and no hash leaves by another way than the one answer that hands a new key out. */
import { inspect } from 'node:util'
import { apiKeyAuth, createApiKeys, requireScopes } from 'keystile'
import { describe, expect, test } from 'vitest'
import { createToken } from '../../src/token.js'
import { embeddedKeys } from '../helpers/embedded-keys.js'
import { expressVersions, serve } from '../helpers/express-apps.js'
import { recordEvents } from '../helpers/recorded-events.js'
import { exchange, requestBytes } from '../helpers/wire.js'

const { keys, issue, sql, ownerId } = await embeddedKeys()
const unreachable = createApiKeys({ url: 'postgresql://ada:hunter2@127.0.0.1:1/none' })
const closed = (await embeddedKeys()).keys
await closed.close()

/** 43 base62 characters in a row: a token's secret has as many, a hash has 64. */
const secretRun = /[0-9A-Za-z]{43}/

const everythingOf = (value: unknown) =>
  [inspect(value, { depth: 20, showHidden: true, maxStringLength: null }), JSON.stringify(value), String(value)].join(
    '\n'
  )

/** Everything that can be said of an error, its stack and causes included. */
function textOf(error: unknown): string {
  const { stack, message, cause } = error as Error
  return [everythingOf(error), stack, message, cause === undefined ? '' : textOf(cause)].join('\n')
}

async function failureOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
  } catch (error) {
    return textOf(error)
  }
  throw new Error('it did not fail')
}

describe.each(expressVersions)('on $name', ({ express }) => {
  test('no answer, error or event of a request holds a token or a hash', async () => {
    const events = recordEvents()
    const said: string[] = []
    const [fresh, revoked, expiring, damaged, gone] = await Promise.all(Array.from({ length: 5 }, () => issue()))
    if (!fresh || !revoked || !expiring || !damaged || !gone) throw new Error('no keys')
    await keys.revoke(revoked.apiKey.id)
    await sql(
      "UPDATE api_keys SET expires_at = '2001-01-01T00:00:00.000+00:00' WHERE id = ?",
      String(expiring.apiKey.id)
    )
    await sql("UPDATE api_keys SET is_active = 'yes', scopes = 'no' WHERE id = ?", String(damaged.apiKey.id))
    await keys.delete(gone.apiKey.id)
    const authorizations = [
      ...[fresh, revoked, expiring, damaged, gone].map(({ bearer }) => bearer),
      `Bearer ${fresh.token} ${fresh.token}`,
      `Bearer ${fresh.token}!`,
      `Bearer ${fresh.token.slice(0, -1)}`,
      `Basic ${fresh.token}`,
      `Bearer ${createToken('pk_')}`,
      fresh.token
    ]
    for (const instance of [keys, unreachable, closed]) {
      for (const options of [{}, { discloseReason: true }, { onError: 'next' as const }]) {
        const app = express()
        app.use(apiKeyAuth({ keys: instance, ...options }), requireScopes('a'))
        app.use((err: unknown, _req: unknown, res: { end(): void }, _next: unknown) => {
          said.push(textOf(err))
          res.end()
        })
        const { port } = await serve(app)
        for (const authorization of authorizations) said.push(await exchange(port, requestBytes({ authorization })))
      }
    }
    expect(said.length).toBeGreaterThan(authorizations.length * 9)
    expect(said.filter((text) => secretRun.test(text))).toEqual([])
    expect(new Set(events.map(({ payload }) => (payload as { reason?: string }).reason)).size).toBeGreaterThan(8)
    expect(events.map(everythingOf).filter((text) => secretRun.test(text))).toEqual([])
  })

  test('a stack that Express shows a developer holds none either', async () => {
    const { bearer } = await issue()
    const app = express()
    app.use(apiKeyAuth({ keys: unreachable, onError: 'next' }))
    const { request } = await serve(app)
    const answer = await request({ authorization: bearer })
    expect(answer.status).toBe(503)
    expect(answer.body).toContain('ApiKeyError')
    expect(answer.body).not.toMatch(secretRun)
  })
})

test('no change of a key publishes its token or hash', async () => {
  const { keys, issue, ownerId } = await embeddedKeys()
  const events = recordEvents()
  const { token, apiKey } = await issue({ scopes: ['a'], metadata: { plan: 'pro' } })
  const rotated = await keys.rotate(apiKey.id, { grace: '1h' })
  await keys.update(rotated.apiKey.id, { name: 'desktop' })
  await keys.verify(rotated.token)
  await keys.revokeToken(token)
  await keys.revokeOwner(ownerId)
  await keys.delete(apiKey.id)
  expect(new Set(events.map(({ name }) => name)).size).toBe(6)
  expect(events.map(everythingOf).filter((text) => secretRun.test(text))).toEqual([])
})

test('no record of a key holds its token or hash', async () => {
  const { token, apiKey } = await issue()
  const verified = await keys.verify(token)
  const records = [
    apiKey,
    verified,
    await keys.get(apiKey.id),
    await keys.list(),
    await keys.update(apiKey.id, { name: 'x' })
  ]
  for (const record of records) expect(everythingOf(record).replaceAll(/"nextCursor":.*/g, '')).not.toMatch(secretRun)
})

test('a token that was passed in the wrong place is not printed', async () => {
  const { token } = await issue()
  const wrong: readonly (() => Promise<unknown>)[] = [
    () => keys.get(token).then((found) => Promise.reject(new Error(String(found)))),
    () => keys.revoke(token),
    () => keys.update(token, { name: 'x' }),
    () => keys.rotate(token, { grace: 0 }),
    () => keys.delete(token),
    () => keys.create({ ownerId: token, name: 'x' }),
    () => keys.create({ ownerId, name: token.repeat(2) }),
    () => keys.list({ cursor: token }),
    () => keys.verify(`${token}x`),
    () => keys.revokeToken(`${token}x`),
    () => keys.findOwner(token)
  ]
  for (const work of wrong) expect(await failureOf(work)).not.toMatch(secretRun)
})
