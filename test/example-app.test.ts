/** The example app as `npm start` runs it, from the outside: what it prints, and what becomes of the lines it says to try. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { freshFolder, requireBuild, root } from './helpers/built-package.js'
import { freshPostgres } from './helpers/databases.js'
import { databaseIn, me, printedBy, startExample, withKeysOf } from './helpers/example-app.js'
import { run } from './helpers/programs.js'
import { isLong } from './helpers/rounds.js'

requireBuild()

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

/** Runs a printed line as it stands; without curl, asks the same through fetch. */
async function answerTo(line: string): Promise<number> {
  const { exitCode, stdout } = await run('bash', ['-c', line], { cwd: root })
  if (exitCode !== 127) return Number(/^HTTP\/\S+ (\d{3})/.exec(stdout)?.[1])
  const method = /-X (\w+)/.exec(line)?.[1] ?? 'GET'
  const authorization = /Authorization: ([^"]+)/.exec(line)?.[1]
  const headers = authorization === undefined ? {} : { Authorization: authorization }
  return (await fetch(line.split(' ').at(-1) ?? '', { method, headers })).status
}

describe('npm start', { timeout: 120_000 }, () => {
  test('builds, then runs what is tested here', () => {
    const command = 'npm run build && node --import ./scripts/run-typescript.mjs example-app/main.ts'
    expect(scripts['start']).toBe(command)
  })

  test('the three lines that it prints get 200, 403 and 401', async () => {
    const app = startExample({ cwd: freshFolder() })
    const { curls } = await printedBy(app)
    expect(await Promise.all(curls.map(answerTo))).toEqual([200, 403, 401])
    expect((await app.stop()).stderr).toBe('')
  })

  test.runIf(isLong)('the key that it prints reads reports for seven days', async () => {
    const app = startExample({ cwd: freshFolder() })
    const printed = await printedBy(app)
    const { status, body } = await me(printed, printed.token)
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { owner: 'demo@example.com', scopes: ['reports:read'] }
    })
    const days = (Date.parse(String(body['expiresAt'])) - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(6.9)
    expect(days).toBeLessThanOrEqual(7)
    await app.stop()
  })

  test('a second start keeps the owner and the older key, and prints a fresh one', async () => {
    const folder = freshFolder()
    const first = startExample({ cwd: folder })
    const { token } = await printedBy(first)
    await first.stop()
    const second = startExample({ cwd: folder })
    const printed = await printedBy(second)
    expect(printed.token).not.toBe(token)
    expect((await me(printed, token)).status).toBe(200)
    expect((await me(printed, printed.token)).status).toBe(200)
    await second.stop()
    const { items } = await withKeysOf(databaseIn(folder), (keys) => keys.list())
    expect(new Set(items.map(({ ownerId }) => ownerId)).size).toBe(1)
    expect(items.filter(({ name }) => name === 'example')).toHaveLength(2)
    expect(items.filter(({ name }) => name === 'dashboard')).toHaveLength(1)
    expect(printed.password).toBe('')
  })

  test.each(isLong ? (['SIGTERM', 'SIGINT'] as const) : (['SIGTERM'] as const))(
    '%s ends it with 0, and every use is written',
    async (signal) => {
      const folder = freshFolder()
      const app = startExample({ cwd: folder })
      const { curls } = await printedBy(app)
      await Promise.all(curls.map(answerTo))
      expect(await app.stop(signal)).toMatchObject({ exitCode: 0, stderr: '' })
      const { items } = await withKeysOf(databaseIn(folder), (keys) => keys.list())
      const fresh = items.filter(({ name }) => name === 'example')
      expect(fresh.map(({ usageCount, lastUsedIp }) => ({ usageCount, lastUsedIp }))).toEqual([
        { usageCount: 2, lastUsedIp: '127.0.0.1' }
      ])
    }
  )

  test('a port that is taken is named, and no key is made', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => holder.once('listening', resolve))
    const { port } = holder.address() as AddressInfo
    const folder = freshFolder()
    const { exitCode, stdout, stderr } = await startExample({ cwd: folder, env: { PORT: String(port) } }).ended
    holder.close()
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr.trim()).toBe(`Port ${port} is taken. Choose another: PORT=3001 npm start`)
    expect((await withKeysOf(databaseIn(folder), (keys) => keys.list())).items).toEqual([])
  })

  test.runIf(isLong).each([
    ['a port that is none', { PORT: 'http' }, 'PORT must be a number from 0 to 65535.'],
    ['a time that is none', { DRAIN_MS: '5s' }, 'DRAIN_MS must be a number from 0 to 600000.'],
    ['a database of another kind', { DATABASE_URL: 'mysql://root:secret@localhost/app' }, 'DATABASE_URL begins with'],
    ['a folder that is not there', { DATABASE_URL: 'file:./nowhere/app.db' }, "The database can't be used: ENOENT"],
    [
      'a server that is not there',
      { DATABASE_URL: 'postgresql://me:secret@127.0.0.1:1/app' },
      "database can't be used"
    ],
    ['production without a secret', { NODE_ENV: 'production' }, 'SESSION_SECRET must be at least 32'],
    ['a level that is none', { LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be one of']
  ])('%s is said in one line', async (_, env, message) => {
    const { exitCode, stderr } = await startExample({ cwd: freshFolder(), env }).ended
    expect(exitCode).toBe(1)
    expect(stderr.trim()).toContain(message)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).not.toContain('secret')
  })

  test('on PostgreSQL it migrates by itself, once where two start together', async () => {
    const env = { DATABASE_URL: await freshPostgres() }
    const apps = [1, 2].map(() => startExample({ cwd: freshFolder(), env }))
    const printed = await Promise.all(apps.map(printedBy))
    for (const { curls } of printed) expect(await Promise.all(curls.map(answerTo))).toEqual([200, 403, 401])
    expect(printed.filter(({ password }) => password !== '')).toHaveLength(1)
    for (const app of apps) expect(await app.stop()).toMatchObject({ exitCode: 0, stderr: '' })
  })

  test.runIf(isLong)('three that start together on one new SQLite file share it', async () => {
    const folder = freshFolder()
    const apps = [1, 2, 3].map(() => startExample({ cwd: folder }))
    const printed = await Promise.all(apps.map(printedBy))
    const [first] = printed
    for (const { token } of printed) expect((await me(first ?? { url: '' }, token)).status).toBe(200)
    for (const app of apps) expect(await app.stop()).toMatchObject({ exitCode: 0, stderr: '' })
    const { items } = await withKeysOf(databaseIn(folder), (keys) => keys.list())
    expect(items.map(({ name }) => name).filter((name) => name === 'dashboard')).toHaveLength(1)
  })

  test.runIf(isLong)('its file is for this user alone', async () => {
    const folder = freshFolder()
    const app = startExample({ cwd: folder })
    await printedBy(app)
    const files = readdirSync(folder)
    expect(files.sort()).toEqual(['example.db', 'example.db-shm', 'example.db-wal'])
    expect(files.map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([0o600, 0o600, 0o600])
    await app.stop()
  })
})

test('the databases that it makes stay out of git', () => {
  expect(readFileSync(join(root, '.gitignore'), 'utf8').split('\n')).toEqual(
    expect.arrayContaining(['*.db', '*.db-shm', '*.db-wal'])
  )
})
