/** What docs/coming-from.md has for both systems at once: its code runs as it stands there, in servers of their own. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { apiKeyAuth } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { linkedProject, root, writeFiles } from '../helpers/built-package.js'
import { embeddedKeys } from '../helpers/embedded-keys.js'
import { serve } from '../helpers/express-apps.js'
import { codeBlocks } from '../helpers/markdown.js'
import { freePort, run, start } from '../helpers/programs.js'
import { until } from '../helpers/until.js'

const page = readFileSync(`${root}/docs/coming-from.md`, 'utf8')
const blocks = codeBlocks(page)

/** The one block of the page that has this text. */
function blockWith(text: string): string {
  const found = blocks.filter((block) => block.text.includes(text))
  if (found.length !== 1) throw new Error(`${found.length} blocks have ${text}`)
  return found[0]?.text ?? ''
}

test.each(['hand-rolled.mjs', 'better-auth.mjs'])('%s is shown word for word', (name) => {
  expect(blockWith(`// ${name}\n`)).toBe(readFileSync(`${root}/docs/coming-from/${name}`, 'utf8'))
})

/** Each starts processes, which take as long as the machine is busy. */
const slow = { timeout: 120_000 }

interface Served {
  readonly token: string
  ask(token?: string): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }>
  keystile(...args: string[]): Promise<Record<string, unknown>>
}

/** Runs code of the page, with what it takes as given before it, and a route behind it. */
async function serverOf(given: string, code: string): Promise<Served & { stop(): Promise<unknown> }> {
  const project = linkedProject(['passport', 'passport-http-bearer'])
  const port = await freePort()
  const before = `import express from 'express'
import { createApiKeys } from 'keystile'
const keys = createApiKeys({ url: 'file:./keystile.db' })
const app = express()
${given}`
  const after = `
app.get('/api', (req, res) => void res.json({ key: req.apiKey?.name, scopes: req.apiKey?.scopes, owner: req.owner?.email, user: req.user }))
app.listen(${port}, '127.0.0.1')`
  writeFiles(project, { 'server.ts': `${before}\n${code}${after}` })
  const command = `${project}/node_modules/.bin/keystile`
  const made = await run(command, ['create', '--owner', 'ada@example.com', '--name', 'new'], { cwd: project })
  const at = `http://127.0.0.1:${port}/api`
  const server = start('node', ['--import', `${root}/node_modules/tsx/dist/loader.mjs`, 'server.ts'], { cwd: project })
  await until(() => Promise.race([fetch(at).then(Boolean, () => false), server.ended.then(failed)]))
  return {
    token: made.stdout.trim(),
    async ask(token) {
      const answer = await fetch(at, { headers: token === undefined ? {} : { Authorization: `Bearer ${token}` } })
      const text = await answer.text()
      return { status: answer.status, headers: answer.headers, body: /^\{/.test(text) ? JSON.parse(text) : {} }
    },
    keystile: async (...args) => JSON.parse((await run(command, [...args, '--json'], { cwd: project })).stdout),
    stop: () => server.stop()
  }
}

/** Another character at its end. */
const mistyped = (token: string) => token.slice(0, -1) + (token.endsWith('0') ? '1' : '0')

function failed({ stderr }: { stderr: string }): never {
  throw new Error(`the server ended:\n${stderr}`)
}

describe('behind keystile, another check', slow, () => {
  let site: Served

  beforeAll(async () => {
    const own = `const yourOwnCheck = (req, res, next) =>
  req.headers.authorization === 'Bearer old-key' ? next() : void res.status(401).json({})`
    const served = await serverOf(own, blockWith('yourOwnCheck'))
    site = served
    return async () => void (await served.stop())
  }, 120_000)

  test('gets what keystile does not know, and what has no key', async () => {
    expect(await site.ask(site.token)).toMatchObject({ status: 200, body: { key: 'new' } })
    expect(await site.ask('old-key')).toMatchObject({ status: 200, body: {} })
    expect((await site.ask('another')).status).toBe(401)
    expect((await site.ask()).status).toBe(401)
  })

  test("never gets a mistyped key of keystile's", async () => {
    const { status, body } = await site.ask(mistyped(site.token))
    expect([status, body['code']]).toEqual([401, 'invalid_token'])
  })
})

test('of a form that was imported, keys that keystile lacks are refused, and never passed on', async () => {
  const { keys, ownerId } = await embeddedKeys()
  const app = express().use(apiKeyAuth({ keys, optional: true, foreignTokens: 'pass' }))
  const { port } = await serve(app.get('/', (req, res) => void res.json(req.apiKey?.name ?? 'passed on')))
  const ask = async (token: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { Authorization: `Bearer ${token}` } })
    return [answer.status, await answer.json()]
  }
  const [moved, left] = ['A', 'B'].map((end) => `old_${'x'.repeat(30)}${end}`) as [string, string]
  expect(await ask(left)).toEqual([200, 'passed on'])
  const keyHash = createHash('sha256').update(moved).digest('hex')
  await keys.import([{ userId: ownerId, name: 'moved', keyHash, keyPrefix: 'old_xxxx...' }])
  expect(await ask(moved)).toEqual([200, 'moved'])
  expect(await ask(left)).toMatchObject([401, { code: 'invalid_token' }])
  expect(await ask('another_key_of_nobody')).toEqual([200, 'passed on'])
})

describe('beside passport-http-bearer', slow, () => {
  let site: Served

  beforeAll(async () => {
    const strategy = `import { Strategy } from 'passport-http-bearer'
passport.use(new Strategy((token, done) => done(null, token === 'old-key' ? { id: 7 } : false)))`
    const served = await serverOf(strategy, blockWith('passport.authenticate'))
    site = served
    return async () => void (await served.stop())
  }, 120_000)

  test('both get in, each with its user', async () => {
    expect(await site.ask('old-key')).toMatchObject({ status: 200, body: { user: { id: 7 } } })
    const { status, body } = await site.ask(site.token)
    expect([status, body['user']]).toMatchObject([200, { email: 'ada@example.com' }])
  })

  test('others get the challenge of the strategy', async () => {
    for (const token of [undefined, 'another']) {
      const { status, headers } = await site.ask(token)
      expect([status, headers.get('www-authenticate')]).toMatchObject([
        401,
        expect.stringMatching(/^Bearer realm="Users"/)
      ])
    }
  })
})

describe('keys of Unkey that move when they are first used', slow, () => {
  const asked: unknown[] = []
  let state = 200
  let site: Served
  const old = (end: string) => `acme_3ZjKq8sVbN2mT5xWcR7y${end}`

  beforeAll(async () => {
    const ids: string[] = []
    const unkey = createServer((req, res) => {
      let text = ''
      req.on('data', (chunk) => {
        text += chunk
      })
      req.on('end', () => {
        const { key } = JSON.parse(text) as { key: string }
        asked.push(key)
        const externalId = ids[0]
        const good = {
          valid: true,
          code: 'VALID',
          keyId: 'key_1',
          name: 'from before',
          permissions: ['reports.read'],
          expires: 4e12
        }
        const data = /^acme_\w{20}[A-D]$/.test(key)
          ? { ...good, identity: { id: 'id_1', externalId } }
          : { valid: false, code: 'NOT_FOUND' }
        res.writeHead(state, { 'Content-Type': 'application/json' })
        res.end(JSON.stringify({ meta: { requestId: 'req_1' }, data }))
      })
    })
    await new Promise<void>((resolve) => unkey.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(unkey.address() as AddressInfo).port}`
    const code = `${blockWith('async function askTheOtherSystem').replace('https://api.unkey.com', url)}\n${blockWith('const moving')}`
    const served = await serverOf('', code)
    site = served
    const { items } = (await site.keystile('list')) as { items: { ownerId: string }[] }
    ids.push(String(items[0]?.ownerId))
    return async () => {
      await served.stop()
      await new Promise((resolve) => unkey.close(resolve))
    }
  }, 120_000)

  async function usageOf(name: string): Promise<unknown[]> {
    const { items } = (await site.keystile('list')) as { items: { name: string; usageCount: number }[] }
    return items.filter((item) => item.name === name).map(({ usageCount }) => usageCount)
  }

  test('such a key gets in at once, and Unkey is asked no more', async () => {
    const first = await site.ask(old('A'))
    expect(first).toMatchObject({
      status: 200,
      body: { key: 'from before', scopes: ['reports.read'], owner: 'ada@example.com' }
    })
    expect([first.headers.get('www-authenticate'), first.headers.get('cache-control')]).toEqual([null, null])
    expect((await site.ask(old('A'))).status).toBe(200)
    expect(asked).toEqual([old('A')])
    await expect.poll(() => usageOf('from before'), { timeout: 10_000 }).toEqual([2])
  })

  test('the next of the same form moves too, asked for twice at once', async () => {
    const answers = await Promise.all([site.ask(old('B')), site.ask(old('B'))])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(await usageOf('from before')).toHaveLength(2)
  })

  test("keystile's own keys, mistyped ones too, are never shown to Unkey", async () => {
    asked.length = 0
    expect((await site.ask(site.token)).status).toBe(200)
    expect((await site.ask(mistyped(site.token))).status).toBe(401)
    expect((await site.ask()).status).toBe(401)
    expect(asked).toEqual([])
  })

  test('what Unkey does not know is refused, with the challenge', async () => {
    const { status, headers, body } = await site.ask(old('Z'))
    expect([status, body['code']]).toEqual([401, 'invalid_token'])
    expect(headers.get('www-authenticate')).toContain('error="invalid_token"')
  })

  test('while Unkey fails, a key that has not moved gets 503, and one that has gets in', async () => {
    state = 500
    expect((await site.ask(old('C'))).status).toBe(503)
    expect((await site.ask(old('A'))).status).toBe(200)
    state = 200
    expect((await site.ask(old('C'))).status).toBe(200)
  })
})
