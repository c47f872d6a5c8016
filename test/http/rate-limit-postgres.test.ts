/** A limit that processes share in a real PostgreSQL, by the code of docs/rate-limits.md as it stands there. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { compile, compilers, linkedProject, root, writeFiles } from '../helpers/built-package.js'
import { databases } from '../helpers/databases.js'
import { keyRing } from '../helpers/key-ring.js'
import { codeBlocks } from '../helpers/markdown.js'
import { start } from '../helpers/programs.js'
import { ask } from '../helpers/sql.js'
import { stoppingProxy } from '../helpers/stopping-proxy.js'

const page = readFileSync(`${root}/docs/rate-limits.md`, 'utf8')
const blocks = codeBlocks(page)
const code = blocks.filter(({ language }) => language === 'ts').map(({ text }) => text)
const table = blocks.find(({ language }) => language === 'sql')?.text ?? ''
const ofPostgres = code.find((text) => text.includes('RateLimiterPostgres')) ?? ''
const packages = ['express-rate-limit', 'rate-limit-redis', 'redis', 'rate-limiter-flexible', 'pg', '@types/pg']
const [, postgres] = databases as [unknown, (typeof databases)[number]]

const before = `import express from 'express'
import { createApiKeys } from 'keystile'
const app = express()
const keys = createApiKeys({ url: process.env.KEYS_URL, deadlineMs: 20_000 })
await keys.ready()\n`
const after = `app.get('/', (_req, res) => void res.json({}))
const server = app.listen(0, '127.0.0.1', () => console.log('port', server.address().port))\n`

/** A machine that is busy with other tests is no server that is gone. */
const patient = (text: string) => text.replaceAll('2_000', '20_000')

/** A process of an app; its limits may be in another place than its keys. */
async function app(keysUrl: string, limitsUrl = keysUrl) {
  const project = linkedProject(packages)
  writeFiles(project, { 'app.mjs': before + patient(ofPostgres) + after })
  const program = start('node', ['app.mjs'], { cwd: project, env: { KEYS_URL: keysUrl, DATABASE_URL: limitsUrl } })
  await program.printed(/port \d+/)
  const port = /port (\d+)/.exec(program.stdout())?.[1]
  const ask = (token: string) =>
    fetch(`http://127.0.0.1:${port}/`, { headers: { Authorization: `Bearer ${token}`, Connection: 'close' } })
  return { program, ask, status: async (token: string) => (await ask(token)).status }
}

test.each(compilers)('the code of the page compiles with $compiler', { timeout: 120_000 }, async ({ folder }) => {
  const project = linkedProject(packages)
  const given = `declare const app: import('express').Express\ndeclare const keys: import('keystile').ApiKeys\n`
  code.forEach((text, i) => void writeFiles(project, { [`block-${i}.mts`]: `${given}${text}export {}\n` }))
  expect(code).toHaveLength(2)
  expect(await compile(project, folder, { skipLibCheck: true })).toBe('')
})

describe('two processes', () => {
  test('let in as many requests as one, by the windows that keys have', { timeout: 60_000 }, async () => {
    const { url, keys, ownerId } = await keyRing(postgres)
    await ask(url, table)
    const own = { ownerId, rateLimit: { limit: 10, window: '1h' } } as const
    const { token } = await keys.create({ ...own, name: 'ten' })
    const { token: other } = await keys.create({ ...own, name: 'ten too' })
    const { token: short } = await keys.create({ ownerId, name: 'one', rateLimit: { limit: 1, window: '1m' } })
    const apps = await Promise.all([app(url), app(url)])
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => apps[i % 2]?.status(token)))
    expect(answers.filter((status) => status === 200)).toHaveLength(10)
    expect(answers.filter((status) => status === 429)).toHaveLength(20)
    expect([await apps[0]?.status(short), await apps[1]?.status(short)]).toEqual([200, 429])
    expect(await apps[1]?.status(other)).toBe(200)
    const refused = await apps[0]?.ask(token)
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(3_000)
    for (const { program } of apps) await program.stop()
  })

  test('refuse while the counts are gone, live on, and let in when they are back', { timeout: 60_000 }, async () => {
    const { url, keys, ownerId } = await keyRing(postgres)
    await ask(url, table)
    const { token } = await keys.create({ ownerId, name: 'x', rateLimit: { limit: 100, window: '1h' } })
    const proxy = await stoppingProxy(url)
    proxy.refuse()
    const { program, status } = await app(url, proxy.url)
    expect(await status(token)).toBe(503)
    proxy.resume()
    expect(await status(token)).toBe(200)
    // Its idle connections end.
    proxy.refuse()
    expect(await status(token)).toBe(503)
    proxy.resume()
    expect(await status(token)).toBe(200)
    await program.stop()
  })
})
