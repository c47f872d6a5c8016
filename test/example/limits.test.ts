/** How often somebody may try: by address, by account, by key. */
import { describe, expect, test } from 'vitest'
import { freshFolder, requireBuild } from '../helpers/built-package.js'
import { printedBy, startExample } from '../helpers/example-app.js'
import { visitor } from '../helpers/visitor.js'

requireBuild()

const times = (count: number) => Array.from({ length: count }, (_, index) => index)

describe('limits', { timeout: 60_000 }, () => {
  test('ten failures close an account for a while, whether it is there or not, and an address has thirty tries', async () => {
    const { url, password } = await printedBy(startExample({ cwd: freshFolder() }))
    // Longer than 72 bytes: refused as any wrong one is, but at once.
    const tryAs = (email: string, word = 'x'.repeat(80)) => visitor(url).post('/sign-in', { email, password: word })
    for (const email of ['demo@example.com', 'nobody@example.com']) {
      for (const _ of times(10)) expect((await tryAs(email)).status).toBe(400)
      const { status, headers, text } = await tryAs(email.toUpperCase(), password)
      expect(status).toBe(429)
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(800)
      expect(headers.get('ratelimit')).toContain('"account"; r=0; t=')
      expect(headers.get('ratelimit-policy')).toContain('"sign-in"; q=30; w=900')
      expect(text).toContain('Too many attempts')
    }
    const answers = []
    for (const index of times(9)) answers.push((await tryAs(`user${index}@example.com`)).status)
    expect(answers).toEqual([400, 400, 400, 400, 400, 400, 400, 400, 429])
  })

  test('twenty sign-ups of an address, then no more', async () => {
    const { url } = await printedBy(startExample({ cwd: freshFolder() }))
    const answers = []
    for (const _ of times(21)) answers.push((await visitor(url).post('/sign-up', { email: 'none' })).status)
    expect(answers).toEqual([...times(20).map(() => 400), 429])
  })

  test('a key has its own number of requests a minute, and is told', async () => {
    const { url, token } = await printedBy(startExample({ cwd: freshFolder(), env: { API_LIMIT: '3' } }))
    const asked = await Promise.all(
      times(4).map(() => fetch(`${url}/api/me`, { headers: { authorization: `Bearer ${token}` } }))
    )
    expect(asked.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429])
    for (const { headers } of asked) {
      expect(headers.get('ratelimit')).toMatch(/^"api-key"; r=[0-2]; t=\d+$/)
      expect(headers.get('ratelimit-policy')).toMatch(/^"api-key"; q=3; w=60; pk=:\S+:$/)
    }
    const refused = asked.find(({ status }) => status === 429)
    expect(refused?.headers.get('content-type')).toContain('application/problem+json')
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused?.json()).toMatchObject({ status: 429, code: 'rate_limited', title: 'Too Many Requests' })
    expect((await fetch(`${url}/api/me`)).status).toBe(401)
  })
})
