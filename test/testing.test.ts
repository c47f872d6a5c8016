/** Keys for the tests of apps: they refuse what real ones do, and leave nothing behind. */
import { readdirSync } from 'node:fs'
import express from 'express'
import { apiKeyAuth, createApiKeys, requireScopes } from 'keystile'
import { createTestKeys, issueTestKey } from 'keystile/testing'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { freshFolder, linkedProject, writeFiles } from './helpers/built-package.js'
import { databases } from './helpers/databases.js'
import { serve } from './helpers/express-apps.js'
import { freshKeys } from './helpers/keys.js'
import { manualClock } from './helpers/manual-clock.js'
import { run } from './helpers/programs.js'
import { userClient } from './helpers/user-client.js'

// Of its own: other runs on the machine make such folders too.
const temporary = freshFolder()
beforeAll(() => void vi.stubEnv('TMPDIR', temporary))
afterAll(() => void vi.unstubAllEnvs())

const left = () => readdirSync(temporary).filter((name) => name.startsWith('keystile-testing-'))

function testKeys(options?: Parameters<typeof createTestKeys>[0]) {
  const keys = createTestKeys(options)
  onTestFinished(async () => void (await keys.close()))
  return keys
}

test('what an app refuses, it refuses in its tests', async () => {
  const clock = manualClock()
  const keys = testKeys({ now: clock })
  const app = express()
  app.use(apiKeyAuth({ keys }))
  app.get('/reports', requireScopes('reports:read'), (req, res) => void res.json({ owner: req.owner?.email }))
  const { port } = await serve(app)
  const ask = (headers: Record<string, string> = {}) => fetch(`http://127.0.0.1:${port}/reports`, { headers })

  const reader = await issueTestKey(keys, { scopes: ['reports:read'] })
  expect(await (await ask(reader.headers)).json()).toEqual({ owner: 'test@example.com' })
  expect((await ask()).status).toBe(401)
  expect((await ask((await issueTestKey(keys)).headers)).status).toBe(403)
  expect((await ask({ Authorization: reader.headers.Authorization.slice(0, -1) })).status).toBe(401)

  const short = await issueTestKey(keys, { scopes: ['*'], expiresIn: '1h', email: 'bob@example.com' })
  expect(short.owner?.email).toBe('bob@example.com')
  expect((await ask(short.headers)).status).toBe(200)
  clock.pass(3_600_000)
  expect((await ask(short.headers)).status).toBe(401)
  await keys.revoke(reader.apiKey.id)
  expect((await ask(reader.headers)).status).toBe(401)
})

test('each is alone, whatever the environment names', async () => {
  vi.stubEnv('DATABASE_URL', 'postgresql://nobody@127.0.0.1:1/none')
  onTestFinished(() => void vi.stubEnv('DATABASE_URL', undefined))
  const [one, two] = [testKeys(), testKeys()]
  const { token, apiKey } = await issueTestKey(one)
  await expect(two.verify(token)).rejects.toMatchObject({ reason: 'unknown' })
  expect((await two.list()).items).toEqual([])
  expect((await one.verify(token)).apiKey.id).toBe(apiKey.id)
})

test('one owner may have several keys, and one who is there is named by the id', async () => {
  const keys = testKeys()
  const [first, second] = [await issueTestKey(keys), await issueTestKey(keys, { name: 'second' })]
  expect(second.apiKey).toMatchObject({ ownerId: first.apiKey.ownerId, name: 'second' })
  const third = await issueTestKey(keys, { ownerId: first.apiKey.ownerId })
  expect(third).toMatchObject({ owner: null, apiKey: { ownerId: first.apiKey.ownerId } })
})

test("keys of an app's own Prisma client: one is issued to an owner of the app, by the id, and no other way", async () => {
  const [sqlite] = databases
  if (!sqlite) throw new Error('no SQLite')
  const { url, owner: ada } = await freshKeys(sqlite)
  const prisma = userClient(url)
  const keys = createApiKeys({ prisma, ownerSelect: { email: true, createdAt: true } })
  onTestFinished(async () => {
    await keys.close()
    await prisma.$disconnect()
  })
  const { token, owner } = await issueTestKey(keys, { ownerId: ada.id, scopes: ['reports:read'] })
  expect(owner).toBeNull()
  expect(await keys.verify(token)).toMatchObject({
    owner: { id: ada.id, email: ada.email, createdAt: expect.any(Date) },
    apiKey: { name: 'test', scopes: ['reports:read'] }
  })
  await expect(issueTestKey(keys)).rejects.toThrow('make them there')
})

test('close() removes all that was made, used or not', async () => {
  const before = left()
  const [used, unused] = [createTestKeys(), createTestKeys()]
  await issueTestKey(used)
  expect(left().length).toBe(before.length + 2)
  await Promise.all([used.close(), unused.close()])
  expect(left()).toEqual(before)
})

test('what is not closed goes with the process', async () => {
  const before = left()
  const project = linkedProject()
  writeFiles(project, {
    'app.mjs': `import { createTestKeys, issueTestKey } from 'keystile/testing'
      await issueTestKey(createTestKeys())
      createTestKeys()`
  })
  expect(await run(process.execPath, ['app.mjs'], { cwd: project })).toMatchObject({ exitCode: 0, stderr: '' })
  expect(left()).toEqual(before)
})

test.each([
  [{ url: 'file:./real.db' }, 'createTestKeys() knows no option "url"'],
  [{ flushIntervalMs: 0 }, 'flushIntervalMs must be a whole number']
])('%j is a TypeError, and leaves nothing', (options, message) => {
  const before = left()
  expect(() => createTestKeys(options as object)).toThrow(message)
  expect(left()).toEqual(before)
})
