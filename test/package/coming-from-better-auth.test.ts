/** The script for Better Auth's api-key plugin, on a small project from npm: the plugin's keys get in with keystile. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { root } from '../helpers/built-package.js'
import { codeBlocks } from '../helpers/markdown.js'
import { betterAuthProject, type Project } from './better-auth-project.js'

const page = readFileSync(`${root}/docs/coming-from.md`, 'utf8')

/** The import as the page has it, without its dry run. */
const shownImport = () => {
  const line = codeBlocks(page).flatMap(
    ({ text }) => /keystile (import .*--token-length 64.*) --dry-run/.exec(text) ?? []
  )[1]
  return (line ?? '').split(' ').map((word) => (word === '""' ? '' : word))
}

const given = {
  laptop: {
    uses: 3,
    permissions: { reports: ['read', 'write'] },
    metadata: { team: 'data' },
    expiresIn: 30 * 86_400
  },
  plain: {},
  star: { permissions: { reports: ['*'], '*': ['*'] } },
  disabled: { enabled: false },
  expired: {},
  limited: { rateLimitMax: 2, rateLimitTimeWindow: 60_000 },
  quota: { remaining: 5 },
  prefixed: { prefix: 'acme_', permissions: { reports: ['read', 'write'] } }
}

type Name = keyof typeof given

let project: Project
let made: { ownerId: string; tokens: Record<Name, string> }
let site: Awaited<ReturnType<Project['serve']>>

async function exported(...args: string[]): Promise<{ rows: { name: string }[]; stderr: string }> {
  const { exitCode, stdout, stderr } = await project.node('better-auth.mjs', ...args)
  expect(exitCode, stderr).toBe(0)
  project.write('keys.jsonl', stdout)
  const lines = stdout.split('\n').filter((line) => line !== '')
  return { rows: lines.map((line) => JSON.parse(line)), stderr }
}

async function imported(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await project.keystile(...args)
  expect(exitCode, stderr).toBe(0)
  return stdout + stderr
}

const ask = async (name: Name, path = '/', header = 'X-Api-Key') => {
  const token = header === 'Authorization' ? `Bearer ${made.tokens[name]}` : made.tokens[name]
  const answer = await site.ask(path, { [header]: token })
  return [answer.status, await answer.json()] as const
}

beforeAll(async () => {
  const both = codeBlocks(page).find(({ text }) => text.includes("app.use('/both'"))?.text ?? ''
  project = await betterAuthProject(both)
  project.write('better-auth.mjs', readFileSync(`${root}/docs/coming-from/better-auth.mjs`, 'utf8'))
  const { exitCode, stdout, stderr } = await project.node('make-keys.ts', JSON.stringify(given))
  expect(exitCode, stderr).toBe(0)
  made = JSON.parse(stdout)
  site = await project.serve()
  return async () => void (await site.stop())
}, 240_000)

// Each step starts processes, which take as long as the machine is busy.
describe("Better Auth's keys", { timeout: 120_000 }, () => {
  test("before the import, keystile's own keys and those of the plugin get in beside each other", async () => {
    const own = await project.keystile('create', '--owner', made.ownerId, '--name', 'new')
    const inBy = async (token: string) => (await site.ask('/both', { 'X-Api-Key': token })).status
    expect(await inBy(own.stdout.trim())).toBe(200)
    expect(await inBy(made.tokens.plain)).toBe(200)
    expect(await inBy(made.tokens.disabled)).toBe(401)
    expect(await inBy('X'.repeat(64))).toBe(401)
    expect((await site.ask('/both', {})).status).toBe(401)
    expect(await ask('plain')).toMatchObject([401, {}])
  })

  test('the script prints all but those with a quota, and its import says first what it would do', async () => {
    const { rows, stderr } = await exported()
    expect(rows.map(({ name }) => name)).toEqual(['laptop', 'plain', 'star', 'disabled', 'expired', 'limited'])
    expect(stderr).toMatch(/^Left out, since it has a quota: \w+ \(5 remaining\)\n$/)
    const count = async () => JSON.parse((await project.keystile('list', '--json')).stdout).items.length
    const before = await count()
    await imported(...shownImport(), '--dry-run')
    expect(await count()).toBe(before)
    await imported(...shownImport())
    expect(await count()).toBe(before + 6)
  })

  test('a key gets in by either header, with its owner, metadata and scopes', async () => {
    const body = { name: 'laptop', metadata: { team: 'data' }, owner: 'ada@example.com' }
    expect(await ask('laptop')).toEqual([200, body])
    expect(await ask('laptop', '/reports', 'Authorization')).toEqual([200, body])
  })

  test('its name, beginning, expiry, count and last use are those of the plugin', async () => {
    const { items } = JSON.parse((await project.keystile('list', '--json')).stdout)
    const laptop = items.find(({ name }: { name: string }) => name === 'laptop')
    expect(laptop).toMatchObject({
      ownerId: made.ownerId,
      keyPrefix: `${made.tokens.laptop.slice(0, 6)}...`,
      scopes: ['reports:read', 'reports:write']
    })
    expect(laptop.usageCount).toBeGreaterThanOrEqual(3)
    expect(Date.parse(laptop.expiresAt) - Date.parse(laptop.createdAt)).toBeCloseTo(30 * 86_400_000, -4)
  })

  test('without permissions a key passes no guard, and a star is no wildcard', async () => {
    expect(await ask('plain')).toMatchObject([200, {}])
    expect(await ask('plain', '/reports')).toMatchObject([403, { code: 'insufficient_scope' }])
    expect(await ask('star', '/reports')).toMatchObject([403, { missingScopes: ['reports:read', 'reports:write'] }])
  })

  test('keys that are disabled or expired are refused', async () => {
    for (const name of ['disabled', 'expired'] as const)
      expect(await ask(name)).toMatchObject([401, { code: 'invalid_token' }])
  })

  test("a key's own limit holds", async () => {
    expect([await ask('limited'), await ask('limited'), await ask('limited')].map(([status]) => status)).toEqual([
      200, 200, 429
    ])
  })

  test('a key with a quota comes only where that is said', async () => {
    expect(await ask('quota')).toMatchObject([401, {}])
    const { rows, stderr } = await exported('', '--with-quotas')
    expect([rows.length, stderr]).toEqual([7, ''])
    await imported(...shownImport())
    expect(await ask('quota')).toMatchObject([200, { name: 'quota' }])
  })

  test('keys with a prefix come by themselves', async () => {
    expect(await ask('prefixed')).toMatchObject([401, {}])
    const { rows } = await exported('acme_')
    expect(rows.map(({ name }) => name)).toEqual(['prefixed'])
    expect(page).toContain('`--token-prefix acme_ --token-length 69`')
    await imported(
      'import',
      'keys.jsonl',
      '--token-prefix',
      'acme_',
      '--token-length',
      '69',
      '--token-alphabet',
      'base62'
    )
    expect(await ask('prefixed', '/reports')).toMatchObject([200, { name: 'prefixed' }])
  })

  test('the plugin goes on with its own', async () => {
    expect((await project.node('verify.ts', made.tokens.plain)).stdout.trim()).toBe('true')
  })
})
