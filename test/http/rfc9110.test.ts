/** Header fields as they come over the wire: what surrounds a value, what comes twice, what is too much. */
import { apiKeyAuth } from 'keystile'
import { describe, expect, test } from 'vitest'
import { statusOfDropped } from '../helpers/dropped-fields.js'
import { embeddedKeys } from '../helpers/embedded-keys.js'
import { expressVersions, serve } from '../helpers/express-apps.js'
import { recordEvents } from '../helpers/recorded-events.js'

const { keys, issue } = await embeddedKeys()
const { token, bearer } = await issue()
const dropped = await statusOfDropped()
const byte = (code: number) => String.fromCharCode(code)
const highBytes = Array.from({ length: 128 }, (_, i) => byte(128 + i))
const filler = (count: number) => Array.from({ length: count }, () => ['a', 'b'] as const)
const bare = 'Bearer realm="api"'

describe.each(expressVersions)('on $name', ({ express }) => {
  async function site(options = {}) {
    const app = express()
    app.use(apiKeyAuth({ keys, ...options }))
    app.use((req, res) => void res.json({ id: req.apiKey?.id ?? null }))
    return serve(app)
  }

  describe('section 5.5: field values', () => {
    test.each([
      ['spaces behind', `${bearer}   `],
      ['tabs behind', `${bearer}\t\t`],
      ['both behind', `${bearer} \t `],
      ['spaces and tabs in front', ` \t ${bearer}`]
    ])('%s are not part of the value', async (_, authorization) => {
      expect((await (await site()).request({ authorization })).status).toBe(200)
    })

    test('no byte from 0x80 on is taken for a space, wherever it stands', async () => {
      const { request } = await site()
      for (const high of highBytes) {
        const statuses = await Promise.all(
          [`${bearer}${high}`, `Bearer ${high}${token}`, `Bearer${high}${token}`, `Bearer${high} ${token}`].map(
            async (authorization) => (await request({ authorization })).status
          )
        )
        expect(statuses, `byte ${high.charCodeAt(0)}`).toEqual([400, 400, 400, 400])
        const before = await request({ authorization: `${high}${bearer}` })
        expect(before.status).toBe(400)
      }
    })

    test('a value that begins no scheme is not one of another scheme: optional does not let it by', async () => {
      const { request } = await site({ optional: true })
      for (const start of ['\u00a0', ',', '"', '(', ':']) {
        expect((await request({ authorization: `${start}${bearer}` })).status).toBe(400)
      }
    })

    test('of all 256 bytes in the place of a character none gives a 5xx, and none but the right one a 200', async () => {
      const { request } = await site()
      for (const place of [0, 1, 25, 51]) {
        const statuses = await Promise.all(
          Array.from({ length: 256 }, async (_, code) => {
            const changed = token.slice(0, place) + byte(code) + token.slice(place + 1)
            return { changed, status: (await request({ authorization: `Bearer ${changed}` })).status }
          })
        )
        for (const { changed, status } of statuses) {
          if (changed === token) expect(status).toBe(200)
          else expect([400, 401], JSON.stringify(changed)).toContain(status)
        }
      }
    })

    test('a value that goes on in the next line is refused (RFC 9112 section 5.2)', async () => {
      const { request } = await site()
      for (const folded of [
        `Bearer\r\n ${token}`,
        `${bearer}\r\n\t`,
        `Bearer ${token.slice(0, 9)}\r\n ${token.slice(9)}`
      ]) {
        expect((await request({ authorization: folded })).status).toBe(400)
      }
    })
  })

  describe('section 5.3: a field that comes twice', () => {
    test.each([
      ['both good', ['Authorization', bearer], ['Authorization', bearer]],
      ['the second bad', ['Authorization', bearer], ['Authorization', 'Bearer nothing']],
      ['the first bad', ['Authorization', 'Bearer nothing'], ['Authorization', bearer]],
      ['in different case', ['AUTHORIZATION', bearer], ['authorization', bearer]],
      ['the second of another scheme', ['Authorization', bearer], ['Authorization', 'Basic YTpi']],
      ['the first of another scheme', ['authorization', 'Basic YTpi'], ['Authorization', bearer]],
      ['one empty', ['Authorization', ''], ['Authorization', bearer]]
    ] as const)('%s: 400', async (_, first, second) => {
      for (const options of [{}, { optional: true }, { optional: true, foreignTokens: 'pass' }]) {
        const { request } = await site(options)
        const answer = await request({ headers: [first, ['X-Between', 'them'], second] })
        expect(answer.status).toBe(400)
        expect(answer.headers['www-authenticate']).toBe('Bearer realm="api", error="invalid_request"')
        expect(JSON.parse(answer.body)).toMatchObject({ detail: 'The request has more than one Authorization header.' })
      }
    })

    test.each(['authorization', 'AUTHORIZATION', 'aUTHORIZATION'])('the name is accepted as %s', async (name) => {
      expect((await (await site()).request({ headers: [[name, bearer]] })).status).toBe(200)
    })

    test('other fields may come as often as they like', async () => {
      const { request } = await site()
      const headers = [
        ['Accept', 'a'],
        ['Accept', 'b'],
        ['X-Authorization', 'c'],
        ['X-Authorization', 'd']
      ] as const
      expect((await request({ headers, authorization: bearer })).status).toBe(200)
    })
  })

  describe('section 5.4: limits', () => {
    test.each([8, 15])('a value of %i KB is looked at like any other', async (kilobytes) => {
      const { request } = await site()
      const size = kilobytes * 1_024
      expect((await request({ authorization: `Bearer ${'a'.repeat(size)}` })).status).toBe(401)
      expect((await request({ authorization: `Bearer sk_${'a'.repeat(size)}` })).status).toBe(401)
      expect((await request({ authorization: `Bearer ${'a='.repeat(size / 2)}` })).status).toBe(400)
      expect((await request({ authorization: `Bearer ${' '.repeat(size)}!` })).status).toBe(400)
      expect((await request({ authorization: `Bearer ${' '.repeat(size)}${token}` })).status).toBe(200)
      expect((await request({ authorization: ','.repeat(size) })).status).toBe(400)
    })

    // Host and Connection are the first two fields of each request, Authorization is the last.
    test('the 1,000th field is read', async () => {
      const { request } = await site()
      expect((await request({ headers: filler(997), authorization: bearer })).status).toBe(200)
    })

    test.each([998, 999, 1_010, 1_500])(
      `Authorization behind 1,000 fields (%i others) was dropped: ${dropped}`,
      async (count) => {
        const events = recordEvents()
        for (const options of [{}, { optional: true }, { optional: true, foreignTokens: 'pass' }]) {
          const { request } = await site(options)
          const answer = await request({ headers: filler(count), authorization: bearer })
          expect(answer.status).toBe(dropped)
          if (dropped === 431) continue
          expect(answer.headers['www-authenticate']).toBe(bare)
          expect(events.at(-1)?.payload).toMatchObject({ reason: 'headers_dropped' })
        }
      }
    )

    test('Authorization in front of more than 1,000 others is read, where Node takes them', async () => {
      const { request } = await site()
      const { status } = await request({ headers: [['Authorization', bearer], ...filler(1_500)] })
      expect(status).toBe(dropped === 431 ? 431 : 200)
    })

    test('999 fields without Authorization are a request without credentials', async () => {
      const { request } = await site({ optional: true })
      expect((await request({ headers: filler(997) })).status).toBe(200)
    })

    test('a limit that the server was given counts instead', async () => {
      const { request, server } = await site({ optional: true })
      server.maxHeadersCount = 10
      expect((await request({ headers: filler(7), authorization: bearer })).status).toBe(200)
      expect((await request({ headers: filler(8), authorization: bearer })).status).toBe(dropped)
      server.maxHeadersCount = 1_200
      expect((await request({ headers: filler(1_197), authorization: bearer })).status).toBe(200)
      expect((await request({ headers: filler(1_198), authorization: bearer })).status).toBe(dropped)
    })

    test('without a limit (0) every field is read', async () => {
      const { request, server } = await site({ optional: true })
      server.maxHeadersCount = 0
      expect((await request({ headers: filler(2_000), authorization: bearer })).body).not.toContain('null')
      expect((await request({ headers: filler(2_000) })).body).toContain('null')
    })
  })
})
