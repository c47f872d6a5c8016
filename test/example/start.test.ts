/** What a start of the example leaves to be seen: keys in every state, no secrets in its log, and PostgreSQL as well. */
import { describe, expect, test } from 'vitest'
import { freshFolder, requireBuild } from '../helpers/built-package.js'
import { freshPostgres } from '../helpers/databases.js'
import { me, printedBy, startExample } from '../helpers/example-app.js'
import { type Visitor, visitor } from '../helpers/visitor.js'

requireBuild()

interface Key {
  readonly name: string
  readonly status: string
  readonly expiresAt: string | null
  readonly usageCount: number
  readonly rotatedToId: string | null
}

async function keysOf(who: Visitor): Promise<readonly Key[]> {
  return (JSON.parse((await who.json('GET', '/keys')).text) as { items: Key[] }).items
}

describe('a start', { timeout: 60_000 }, () => {
  test('has keys of the demo owner in every state', async () => {
    const { url, password } = await printedBy(startExample({ cwd: freshFolder() }))
    const demo = visitor(url)
    expect((await demo.post('/sign-in', { email: 'demo@example.com', password })).status).toBe(303)
    const items = await keysOf(demo)
    const named = (name: string) => items.filter((item) => item.name === name)
    expect(named('dashboard')).toMatchObject([{ status: 'active', expiresAt: null }])
    expect(named('dashboard')[0]?.usageCount).toBeGreaterThan(1_000)
    expect(Date.parse(named('laptop')[0]?.expiresAt ?? '') - Date.now()).toBeLessThan(7 * 86_400_000)
    expect(
      named('nightly export')
        .map(({ rotatedToId }) => rotatedToId !== null)
        .sort()
    ).toEqual([false, true])
    expect(named('trial')).toMatchObject([{ status: 'expired' }])
    expect(named('build server')).toMatchObject([{ status: 'revoked' }])
  })

  test('writes a line for each request, with no token, cookie or password in it', async () => {
    const app = startExample({ cwd: freshFolder(), env: { LOG_LEVEL: 'trace' } })
    const { url, token, password } = await printedBy(app)
    const printed = app.stdout().length
    const demo = visitor(url)
    await demo.post('/sign-in', { email: 'demo@example.com', password: 'wrong horse battery' })
    await demo.post('/sign-in', { email: 'demo@example.com', password })
    const cookie = demo.cookie()?.replace(/^session=s%3A/, '') ?? ''
    const made = JSON.parse((await demo.json('POST', '/keys', { name: 'x', scopes: ['reports:write'] })).text) as {
      token: string
    }
    await me({ url }, token)
    await fetch(`${url}/api/reports?key=${token}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${made.token}`, 'content-type': 'application/json', 'x-api-key': token },
      body: `{"password":"${password}"`
    })
    await demo.post('/sign-out')
    const { stdout, stderr } = await app.stop()
    const log = stdout.slice(printed) + stderr
    expect(log.split('\n').filter((line) => line.includes('"req":'))).toHaveLength(6)
    expect(log).toContain('"authorization":"[Redacted]"')
    expect(log).toContain('"cookie":"[Redacted]"')
    expect(cookie.length).toBeGreaterThan(40)
    for (const secret of [token, made.token, cookie, cookie.split('.')[0] ?? '', password, 'wrong horse'])
      expect(log).not.toContain(secret)
  })

  test('on PostgreSQL has accounts, sessions and keys too', async () => {
    const app = startExample({ cwd: freshFolder(), env: { DATABASE_URL: await freshPostgres() } })
    const { url, password } = await printedBy(app)
    const demo = visitor(url)
    await demo.post('/sign-in', { email: 'demo@example.com', password })
    expect((await keysOf(demo)).length).toBe(7)
    const made = await demo.json('POST', '/keys', { name: 'x', scopes: ['reports:read'] })
    const { token } = JSON.parse(made.text) as { token: string }
    expect((await me({ url }, token)).status).toBe(200)
    expect((await demo.post('/sign-out')).status).toBe(303)
    expect((await demo.json('GET', '/keys')).status).toBe(401)
    expect(await app.stop()).toMatchObject({ exitCode: 0, stderr: '' })
  })

  test('in production has no demo, and cookies for https alone', async () => {
    const env = { NODE_ENV: 'production', SESSION_SECRET: 'x'.repeat(32), PROXIES: '1' }
    const app = startExample({ cwd: freshFolder(), env })
    await app.printed('Listening on')
    const url = /http:\S+/.exec(app.stdout())?.[0] ?? ''
    expect(app.stdout().trim()).toBe(`Listening on ${url}`)
    const form = { email: 'ada@example.com', password: 'correct horse battery' }
    const headers = { 'sec-fetch-site': 'same-origin', 'x-forwarded-proto': 'https' }
    const answer = await visitor(url).post('/sign-up', form, headers)
    expect(answer.headers.getSetCookie()[0]).toMatch(
      /^__Host-session=s%3A\S+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/
    )
  })
})
