/** Accounts of the example app: signing up, in and out, and what is refused. */
import { beforeAll, describe, expect, test } from 'vitest'
import { freshFolder, requireBuild } from '../helpers/built-package.js'
import { databaseIn, printedBy, startExample } from '../helpers/example-app.js'
import { ask } from '../helpers/sql.js'
import { type Seen, visitor } from '../helpers/visitor.js'

requireBuild()

const email = 'ada@example.com'
const password = 'correct horse battery'

describe('accounts', { timeout: 60_000 }, () => {
  let url = ''
  let database = ''

  beforeAll(async () => {
    const folder = freshFolder()
    database = databaseIn(folder)
    url = (await printedBy(startExample({ cwd: folder }))).url
    const ada = visitor(url)
    expect(await ada.post('/sign-up', { email: ' Ada@Example.com ', name: 'Ada', password })).toMatchObject({
      status: 303
    })
  })

  test('who signed up is signed in, and signs out', async () => {
    const grace = visitor(url)
    const answer = await grace.post('/sign-up', { email: 'grace@example.com', name: '<b>', password })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/'])
    expect(answer.headers.getSetCookie()[0]).toMatch(
      /^session=s%3A\S+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/
    )
    expect((await grace.get('/')).text).toContain('<span>grace@example.com</span>')
    const before = grace.cookie() ?? ''
    expect((await grace.post('/sign-out')).status).toBe(303)
    expect(grace.cookie()).toBeUndefined()
    expect((await grace.get('/')).text).not.toContain('grace@example.com')
    const stolen = await fetch(`${url}/keys`, { headers: { cookie: before } })
    expect(stolen.status).toBe(401)
  })

  test('signing in changes the id of the session, in whatever case the email is', async () => {
    const ada = visitor(url)
    await ada.post('/sign-in', { email, password })
    const first = ada.cookie()
    expect((await ada.post('/sign-in', { email: 'ADA@example.com', password })).status).toBe(303)
    expect(ada.cookie()).toMatch(/^session=/)
    expect(ada.cookie()).not.toBe(first)
    expect((await fetch(`${url}/keys`, { headers: { cookie: first ?? '' } })).status).toBe(401)
    expect((await ada.json('GET', '/keys')).status).toBe(200)
  })

  test('a session lasts for twelve hours from signing in, however busy it is', async () => {
    const sessions = () => ask(database, 'SELECT sid, data, expires_at FROM sessions ORDER BY sid')
    const ada = visitor(url)
    await ada.post('/sign-in', { email, password })
    const before = await sessions()
    expect((await ada.get('/')).text).toContain(`<span>${email}</span>`)
    expect(await sessions()).toEqual(before)
    const id =
      decodeURIComponent(ada.cookie() ?? '')
        .slice('session=s:'.length)
        .split('.')[0] ?? ''
    expect(before.map(({ sid }) => sid)).toContain(id)
    await ask(database, `UPDATE sessions SET expires_at = '2020-01-01T00:00:00.000+00:00' WHERE sid = '${id}'`)
    expect((await ada.json('GET', '/keys')).status).toBe(401)
    expect(JSON.stringify(await sessions())).not.toContain(id)
  })

  test('an unknown account gets the same answer as a wrong password, in about the same time', async () => {
    const timed = async (who: string): Promise<{ seen: Seen; ms: number }> => {
      const startedAt = performance.now()
      const seen = await visitor(url).post('/sign-in', { email: who, password: 'not the password' })
      return { seen, ms: performance.now() - startedAt }
    }
    const known = await timed(email)
    const unknown = await timed('nobody@example.com')
    expect([known.seen.status, unknown.seen.status]).toEqual([400, 400])
    expect(unknown.seen.text.replace('nobody@example.com', email)).toBe(known.seen.text)
    expect(known.seen.text).toContain('The email or the password is wrong.')
    expect(known.seen.text).not.toContain('not the password')
    expect(unknown.ms).toBeGreaterThan(known.ms * 0.3)
  })

  test.each([
    ['73 bytes', `${'é'.repeat(36)}x`, 'longer than 72 bytes'],
    ['9 characters, though more bytes', '\u{1F511}'.repeat(9), 'at least 10 characters'],
    ['no email', password, 'That is not an email']
  ])('%s: nobody can sign up so', async (what, given, message) => {
    const who = what === 'no email' ? 'nobody' : 'new@example.com'
    const { status, text } = await visitor(url).post('/sign-up', { email: who, password: given })
    expect(status).toBe(400)
    expect(text).toContain(message)
    expect(text).not.toContain(given)
    expect(await ask(database, "SELECT 1 FROM users WHERE email = 'new@example.com'")).toEqual([])
  })

  test('72 bytes of a password are all that count, so more are refused', async () => {
    const longest = 'é'.repeat(36)
    const long = visitor(url)
    expect((await long.post('/sign-up', { email: 'long@example.com', password: longest })).status).toBe(303)
    expect((await visitor(url).post('/sign-in', { email: 'long@example.com', password: `${longest}x` })).status).toBe(
      400
    )
  })

  test('an email that is taken is said, and changes nothing', async () => {
    const { status, text } = await visitor(url).post('/sign-up', { email, password: 'another password' })
    expect(status).toBe(409)
    expect(text).toContain('There is an account with this email already.')
    expect((await visitor(url).post('/sign-in', { email, password })).status).toBe(303)
  })

  test('who is no longer active is out at once, and stays out', async () => {
    const eve = visitor(url)
    await eve.post('/sign-up', { email: 'eve@example.com', password })
    await ask(database, "UPDATE users SET is_active = 0 WHERE email = 'eve@example.com'")
    expect((await eve.json('GET', '/keys')).status).toBe(401)
    expect((await eve.post('/sign-in', { email: 'eve@example.com', password })).status).toBe(400)
  })

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ["another of the site's hosts", { 'sec-fetch-site': 'same-site' }],
    ['another origin, from a browser that says no more', { origin: 'https://evil.example' }],
    ['an origin that is hidden', { origin: 'null' }],
    ['who says nothing', {}]
  ])('a form from %s is refused', async (_, headers) => {
    const ada = visitor(url)
    const sent = ['/sign-in', '/sign-up', '/sign-out'].map((path) => ada.post(path, { email, password }, headers))
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual([403, 403, 403])
    expect(ada.cookie()).toBeUndefined()
  })

  test('a form of this site is taken, by its origin too, and where the browser hides that', async () => {
    for (const headers of [{ origin: url }, { origin: 'null', 'sec-fetch-site': 'same-origin' }])
      expect((await visitor(url).post('/sign-out', {}, headers)).status).toBe(303)
  })

  test('pages allow nothing inline or from elsewhere, and are not stored', async () => {
    for (const path of ['/', '/sign-in', '/sign-up', '/nowhere']) {
      const { headers, text } = await visitor(url).get(path)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).not.toContain('unsafe')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(text).not.toMatch(/<script|<style| style=| on\w+=/)
    }
  })
})
