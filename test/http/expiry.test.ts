/** A key ends at the very millisecond of its expiry, whatever anybody does to a clock or a record. */
import { apiKeyAuth, type createApiKeys } from 'keystile'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { embeddedKeys } from '../helpers/embedded-keys.js'
import { expressVersions, serve } from '../helpers/express-apps.js'
import { manualClock } from '../helpers/manual-clock.js'

afterEach(() => {
  vi.restoreAllMocks()
})

describe.each(expressVersions)('on $name', ({ express }) => {
  async function siteOf(keys: ReturnType<typeof createApiKeys>, onLetIn = (_expiresAt: Date | null | undefined) => {}) {
    const app = express()
    app.use(apiKeyAuth({ keys }), (req, res) => {
      onLetIn(req.apiKey?.expiresAt)
      res.send('in')
    })
    const { request } = await serve(app)
    return async (authorization: string) => (await request({ authorization })).status
  }

  test('one millisecond before its expiry a key is accepted, at its expiry and from then on refused', async () => {
    const clock = manualClock()
    const { keys, issue } = await embeddedKeys({ now: clock })
    const ask = await siteOf(keys)
    const { bearer } = await issue({ expiresAt: new Date(clock() + 5_000) })
    clock.pass(4_999)
    expect(await ask(bearer)).toBe(200)
    clock.pass(1)
    expect(await ask(bearer)).toBe(401)
    clock.pass(1)
    expect(await ask(bearer)).toBe(401)
  })

  test('keys.verify draws the line at the same millisecond', async () => {
    const clock = manualClock()
    const { keys, issue } = await embeddedKeys({ now: clock })
    const { token, apiKey } = await issue({ expiresIn: '1m' })
    clock.pass(59_999)
    expect((await keys.verify(token)).apiKey.id).toBe(apiKey.id)
    clock.pass(1)
    await expect(keys.verify(token)).rejects.toMatchObject({ code: 'invalid_token', reason: 'expired' })
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'where the clock says %d, a key that expires is refused',
    async (strange) => {
      let now = () => Date.now()
      const { keys, issue } = await embeddedKeys({ now: () => now() })
      const ask = await siteOf(keys)
      const { bearer } = await issue({ expiresIn: '1h' })
      expect(await ask(bearer)).toBe(200)
      now = () => strange
      expect(await ask(bearer)).toBe(401)
      // What the key was refused at such a time is written all the same.
      expect(await keys.close()).toEqual({ unwritten: 0 })
      expect(keys.health().waitingKeys).toBe(0)
    }
  )

  test('a clock that is set back within the process revives no expired key', async () => {
    const startMs = Date.now()
    let [wall, monotonic] = [startMs, performance.now()]
    vi.spyOn(Date, 'now').mockImplementation(() => wall)
    vi.spyOn(performance, 'now').mockImplementation(() => monotonic)
    const { keys, issue } = await embeddedKeys()
    const ask = await siteOf(keys)
    const { bearer } = await issue({ expiresAt: new Date(startMs + 1_000) })
    const pass = (ms: number) => {
      wall += ms
      monotonic += ms
    }
    pass(999)
    wall = startMs - 3_600_000
    expect(await ask(bearer)).toBe(200)
    pass(1)
    expect(await ask(bearer)).toBe(401)
    wall = startMs + 10
    expect(await ask(bearer)).toBe(401)
  })

  test('whoever sets the time of a public expiry changes nothing for the next request', async () => {
    const clock = manualClock()
    const { keys, issue } = await embeddedKeys({ now: clock })
    const expiresAt = new Date(clock() + 5_000)
    const { bearer } = await issue({ expiresAt })
    const seen: (number | undefined)[] = []
    let setTo = 0
    const ask = await siteOf(keys, (date) => {
      seen.push(date?.getTime())
      date?.setTime(setTo)
    })
    expect(await ask(bearer)).toBe(200)
    setTo = clock() + 1_000_000
    expect(await ask(bearer)).toBe(200)
    expect(seen).toEqual([expiresAt.getTime(), expiresAt.getTime()])
    clock.pass(5_000)
    expect(await ask(bearer)).toBe(401)
  })
})
