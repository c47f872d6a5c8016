/** What docs/deploying.md says of mounting, of connections and of personal data is so. */
import { readFileSync } from 'node:fs'
import cors from 'cors'
import express, { type Express } from 'express'
import { type ApiKeys, apiKeyAuth, createApiKeys } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { linkedProject, root, writeFiles } from '../helpers/built-package.js'
import { databases, freshPostgres } from '../helpers/databases.js'
import { embeddedKeys } from '../helpers/embedded-keys.js'
import { serve } from '../helpers/express-apps.js'
import { freshKeys } from '../helpers/keys.js'
import { codeBlocks } from '../helpers/markdown.js'
import { freePort, run, start } from '../helpers/programs.js'
import { openSql } from '../helpers/sql.js'
import { until } from '../helpers/until.js'

const page = readFileSync(`${root}/docs/deploying.md`, 'utf8')
const blocks = codeBlocks(page)
const origin = 'https://app.example.com'
const preflight = {
  method: 'OPTIONS',
  headers: {
    Origin: origin,
    'Access-Control-Request-Method': 'GET',
    'Access-Control-Request-Headers': 'authorization'
  }
}

describe('its server', () => {
  let at = ''
  let token = ''

  beforeAll(async () => {
    const project = linkedProject(['cors'])
    const port = await freePort()
    const text = blocks.find((block) => block.text.startsWith('// server.mjs'))?.text ?? ''
    writeFiles(project, { 'server.mjs': text.replace('listen(3000)', `listen(${port}, '127.0.0.1')`) })
    const args = ['create', '--owner', 'ada@example.com', '--name', 'laptop', '--scopes', 'reports:read']
    const made = await run(`${project}/node_modules/.bin/keystile`, args, { cwd: project })
    token = made.stdout.trim()
    at = `http://127.0.0.1:${port}`
    const server = start('node', ['server.mjs'], { cwd: project })
    await until(() => fetch(at).then(Boolean, () => false))
    return async () => void (await server.stop())
  }, 60_000)

  const ask = (path: string, init: RequestInit = {}) => fetch(`${at}${path}`, { redirect: 'manual', ...init })

  test('answers a preflight request, which has no key', async () => {
    const answer = await ask('/api/reports', preflight)
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    expect(answer.headers.get('access-control-allow-headers')).toBe('authorization')
  })

  test('lets a page of the other site read a refusal and its challenge', async () => {
    const answer = await ask('/api/reports', { headers: { Origin: origin } })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    expect(answer.headers.get('access-control-expose-headers')).toBe('WWW-Authenticate,Retry-After')
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="api"')
  })

  test('lets a key in below /api', async () => {
    const headers = { Authorization: `Bearer ${token}` }
    expect((await ask('/api/reports', { headers })).status).toBe(200)
    expect((await ask('/api/nothing', { headers })).status).toBe(404)
  })

  test('asks for no key at sign-in and for its health', async () => {
    expect((await ask('/sign-in', { method: 'POST' })).status).toBe(303)
    expect((await ask('/healthz')).status).toBe(204)
  })

  test('tells nobody without a key which paths there are, and parses none of their bodies', async () => {
    expect((await ask('/api/nothing')).status).toBe(401)
    const headers = { 'Content-Type': 'application/json' }
    const broken = { method: 'POST', body: '{', headers }
    expect((await ask('/api/reports', broken)).status).toBe(401)
    const known = { ...headers, Authorization: `Bearer ${token}` }
    expect((await ask('/api/reports', { ...broken, headers: known })).status).toBe(400)
  })
})

test('before cors, a preflight request is refused', async () => {
  const { keys } = await embeddedKeys()
  const app: Express = express().use(apiKeyAuth({ keys }), cors({ origin }))
  const { port } = await serve(app)
  expect((await fetch(`http://127.0.0.1:${port}/`, preflight)).status).toBe(401)
})

describe('connections to PostgreSQL', () => {
  async function feedsOf(options: object): Promise<unknown> {
    const url = await freshPostgres()
    const db = await freshKeys({ name: 'PostgreSQL', provider: 'postgresql', fresh: async () => url }, options)
    const { token } = await db.keys.create({ ownerId: db.owner.id, name: 'laptop' })
    await db.keys.verify(token)
    const find = `SELECT count(*)::int AS n FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'keystile-feed'`
    return (await db.sql(find))[0]?.['n']
  }

  test('there is one for the feed', async () => {
    expect(await feedsOf({})).toBe(1)
  })

  test('with cache: false, as the page has it for serverless, there is none', async () => {
    expect(await feedsOf({ usage: 'immediate', cache: false })).toBe(0)
  })
})

/** A change by somebody else is heard of as soon as the database has told, and by its bound. */
const expectRefused = (keys: ApiKeys, token: string) =>
  expect
    .poll(
      () =>
        keys.verify(token).then(
          () => 'let in',
          ({ code }) => code
        ),
      { timeout: 5_000 }
    )
    .toBe('invalid_token')

describe.each(databases)('an owner who leaves, on $name', (database) => {
  const id = '018f3a52-6b1b-7c57-8d0e-2f4f8f0f4c11'
  const statements = (blocks.find(({ language }) => language === 'sql')?.text ?? '').trim().split('\n')

  test('takes the keys along, and the audit trail where it is deleted too', async () => {
    const db = await freshKeys(database)
    await db.sql('UPDATE users SET id = ?', id)
    const { token } = await db.keys.create({ ownerId: id, name: 'laptop' })
    const { apiKey: other } = await db.keys.create({ ownerId: (await db.newOwner()).id, name: 'phone' })
    await db.keys.verify(token)
    const [user = '', events = ''] = statements
    expect(user).toContain(id)
    await db.sql(user)
    await expectRefused(db.keys, token)
    expect((await db.keys.list({ ownerId: id })).items).toEqual([])
    expect((await db.keys.events({ ownerId: id })).items).toHaveLength(1)
    await db.sql(events)
    expect((await db.keys.events()).items.map(({ apiKeyId }) => apiKeyId)).toEqual([other.id])
  })
})

test('whose row goes without foreign keys, in SQLite, leaves keys that are refused', async () => {
  const db = await freshKeys(databases[0] as (typeof databases)[0])
  const { token } = await db.keys.create({ ownerId: db.owner.id, name: 'laptop' })
  await db.keys.verify(token)
  const prompt = await openSql(db.url)
  await prompt.query('PRAGMA foreign_keys = OFF')
  await prompt.query('DELETE FROM users')
  await prompt.close()
  expect(await db.sql('SELECT id FROM api_keys')).toHaveLength(1)
  await expectRefused(db.keys, token)
  const again = createApiKeys({ url: db.url })
  await expect(again.verify(token)).rejects.toMatchObject({ code: 'invalid_token' })
  await again.close()
})
