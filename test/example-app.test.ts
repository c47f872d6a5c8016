/** The example app as `npm start` runs it, from the outside: what it prints, and what becomes of the lines it says to try. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { freshFolder, requireBuild, root } from './helpers/built-package.js'
import { freshPostgres } from './helpers/databases.js'
import { me, printedBy, startExample } from './helpers/example-app.js'
import { run } from './helpers/programs.js'

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

  test('the key that it prints reads reports for seven days', async () => {
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
    const keys = createApiKeys({ url: `file:${join(folder, 'keystile.db')}` })
    const { items } = await keys.list()
    expect(new Set(items.map(({ ownerId }) => ownerId)).size).toBe(1)
    expect(items).toHaveLength(2)
    await keys.close()
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it with 0, and every use is written', async (signal) => {
    const folder = freshFolder()
    const app = startExample({ cwd: folder })
    const { curls } = await printedBy(app)
    await Promise.all(curls.map(answerTo))
    expect(await app.stop(signal)).toMatchObject({ exitCode: 0, stderr: '' })
    const keys = createApiKeys({ url: `file:${join(folder, 'keystile.db')}` })
    const { items } = await keys.list()
    expect(items.map(({ usageCount, lastUsedIp }) => ({ usageCount, lastUsedIp }))).toEqual([
      { usageCount: 2, lastUsedIp: '127.0.0.1' }
    ])
    await keys.close()
  })

  test('a port that is taken is named, and no key is made', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => holder.once('listening', resolve))
    const { port } = holder.address() as AddressInfo
    const folder = freshFolder()
    const { exitCode, stdout, stderr } = await startExample({ cwd: folder, env: { PORT: String(port) } }).ended
    holder.close()
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr.trim()).toBe(`Port ${port} is taken. Choose another: PORT=3001 npm start`)
    const keys = createApiKeys({ url: `file:${join(folder, 'keystile.db')}` })
    expect((await keys.list()).items).toEqual([])
    await keys.close()
  })

  test.each([
    ['a port that is none', { PORT: 'http' }, 'PORT must be a number from 0 to 65535.'],
    ['a time that is none', { DRAIN_MS: '5s' }, 'DRAIN_MS must be a number from 0 to 600000.'],
    ['a database of another kind', { DATABASE_URL: 'mysql://root:secret@localhost/app' }, 'DATABASE_URL begins with']
  ])('%s is said in one line', async (_, env, message) => {
    const { exitCode, stderr } = await startExample({ cwd: freshFolder(), env }).ended
    expect(exitCode).toBe(1)
    expect(stderr.trim()).toContain(message)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).not.toContain('secret')
  })

  test('on PostgreSQL it says what to run, and works after that', async () => {
    const env = { DATABASE_URL: await freshPostgres() }
    const folder = freshFolder()
    const refused = await startExample({ cwd: folder, env }).ended
    expect(refused.exitCode).toBe(1)
    expect(refused.stderr).toContain('Run: npx keystile migrate')
    const cli = join(root, 'dist/cli/main.js')
    expect((await run(process.execPath, [cli, 'migrate'], { cwd: folder, env })).exitCode).toBe(0)
    const app = startExample({ cwd: folder, env })
    expect(await Promise.all((await printedBy(app)).curls.map(answerTo))).toEqual([200, 403, 401])
    expect((await app.stop()).exitCode).toBe(0)
  })
})

test('the databases that it makes stay out of git', () => {
  expect(readFileSync(join(root, '.gitignore'), 'utf8').split('\n')).toEqual(
    expect.arrayContaining(['*.db', '*.db-shm', '*.db-wal'])
  )
})
