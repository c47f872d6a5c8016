/** `app.use(apiKeyAuth())`: no options at all. Each test works in a folder of its own. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiKeyAuth, createApiKeys } from 'keystile'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { expressVersions, serve } from '../helpers/express-apps.js'
import { recordEvents } from '../helpers/recorded-events.js'

const home = process.cwd()
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keystile-cwd-'))
  process.chdir(folder)
  vi.stubEnv('DATABASE_URL', undefined)
  await createApiKeys().close() // opened by another file of this process
})

afterEach(async () => {
  await createApiKeys().close()
  process.chdir(home)
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

describe.each(expressVersions)('on $name', ({ express }) => {
  const start = async () => {
    const app = express()
    app.use(apiKeyAuth())
    app.get('/', (req, res) => void res.send(req.owner?.email))
    return serve(app)
  }

  /** A key of the default instance, made as an app makes one. */
  async function bearer(): Promise<string> {
    const keys = createApiKeys()
    const { owner } = await keys.ensureOwner({ email: 'ada@example.com' })
    return `Bearer ${(await keys.create({ ownerId: owner.id, name: 'laptop' })).token}`
  }

  test('without DATABASE_URL the keys are in keystile.db in the working folder, made at first use', async () => {
    const { request } = await start()
    expect((await request()).status).toBe(401)
    expect((await request({ authorization: 'Bearer nothing' })).status).toBe(401)
    expect(existsSync('keystile.db')).toBe(false)
    expect(await request({ authorization: await bearer() })).toMatchObject({ status: 200, body: 'ada@example.com' })
    expect(existsSync('keystile.db')).toBe(true)
  })

  test('with DATABASE_URL the keys are there', async () => {
    vi.stubEnv('DATABASE_URL', 'file:./of-the-app.db')
    const { request } = await start()
    expect((await request({ authorization: await bearer() })).status).toBe(200)
    expect([existsSync('of-the-app.db'), existsSync('keystile.db')]).toEqual([true, false])
  })

  test('an empty DATABASE_URL is none', async () => {
    vi.stubEnv('DATABASE_URL', '')
    const { request } = await start()
    expect((await request({ authorization: await bearer() })).status).toBe(200)
    expect(existsSync('keystile.db')).toBe(true)
  })

  test('twice in one app they share one instance, and count a request once', async () => {
    const app = express()
    app.use(apiKeyAuth())
    app.get('/', apiKeyAuth(), (req, res) => void res.send(String(req.apiKey?.id)))
    const events = recordEvents()
    const { body: id } = await (await serve(app)).request({ authorization: await bearer() })
    expect(events.filter(({ name }) => name === 'keystile:authenticated')).toHaveLength(1)
    const keys = createApiKeys()
    await expect.poll(async () => (await keys.get(id))?.usageCount, { timeout: 10_000 }).toBe(1)
  })

  test('in production the fallback to a file is a warning', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    const events = recordEvents()
    const { request } = await start()
    await request({ authorization: await bearer() })
    expect(events.filter(({ name }) => name === 'keystile:warning')).toEqual([
      {
        name: 'keystile:warning',
        payload: { code: 'embedded_in_production', message: expect.stringContaining('DATABASE_URL is not set') }
      }
    ])
  })
})

test('apiKeyAuth and createApiKeys without options give the one default instance', () => {
  expect(apiKeyAuth().keys).toBe(createApiKeys())
  expect(apiKeyAuth({ optional: true }).keys).toBe(createApiKeys())
})

test('createApiKeys with options, even without any in them, makes another', () => {
  expect(createApiKeys({})).not.toBe(createApiKeys())
  expect(createApiKeys({})).not.toBe(createApiKeys({}))
})

test('after close() the default instance is a new one', async () => {
  const first = createApiKeys()
  await first.close()
  expect(createApiKeys()).not.toBe(first)
})
