/** Whatever bytes stand in an Authorization field: no 5xx, and nobody in but by the right token. */

import fc from 'fast-check'
import { apiKeyAuth, requireScopes } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { embeddedKeys } from '../helpers/embedded-keys.js'
import { expressVersions, type Site, serve } from '../helpers/express-apps.js'
import { requestBytes } from '../helpers/wire.js'

const { keys, issue } = await embeddedKeys()
const { token } = await issue({ scopes: ['a'] })

const anyByte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code))
const bytes = fc.array(anyByte, { maxLength: 40 }).map((all) => all.join(''))
const separators = fc.constantFrom(' ', '  ', '\t', ',', '=', '"', '\xa0', '\r\n ', '\0', '\x7f', ';', ':')
const pieces = fc.oneof(
  fc.constantFrom(
    'Bearer',
    'bearer',
    'BEARER',
    'Basic',
    token,
    token.slice(0, 30),
    token.toLowerCase(),
    'sk_',
    'a.b.c'
  ),
  separators,
  anyByte
)
const nearlyRight = fc.tuple(fc.nat({ max: 58 }), fc.nat({ max: 2 }), bytes).map(([at, removed, inserted]) => {
  const right = `Bearer ${token}`
  return right.slice(0, at) + inserted + right.slice(at + removed)
})
const values = fc.oneof(
  bytes,
  bytes.map((rest) => `Bearer ${rest}`),
  fc.array(pieces, { maxLength: 12 }).map((all) => all.join('')),
  nearlyRight
)

/** RFC 6750 section 2.1 with RFC 9110's spaces and tabs around a value. */
const isRight = (value: string) => {
  const bare = value.replace(/^[ \t]+|[ \t]+$/g, '')
  return /^bearer +/i.test(bare) && bare.replace(/^bearer +/i, '') === token
}

describe.each(expressVersions)('on $name', ({ express }) => {
  let site: Site

  beforeAll(async () => {
    const app = express()
    app.get('/', apiKeyAuth({ keys }), requireScopes('a'), (_, res) => void res.send('in'))
    app.get(
      '/optional',
      apiKeyAuth({ keys, optional: true, foreignTokens: 'pass' }),
      requireScopes('a'),
      (_, res) => void res.send('in')
    )
    site = await serve(app)
  })

  test.each(['/', '/optional'])(
    'on %s every value is answered below 500, and 200 only where it is the token',
    async (path) => {
      await fc.assert(
        fc.asyncProperty(values, async (authorization) => {
          const answers = await site.send(requestBytes({ path, authorization }))
          expect(answers.length).toBeGreaterThan(0)
          for (const { status } of answers) {
            if (status === 200) expect(isRight(authorization.split('\r\n')[0] ?? '')).toBe(true)
            else expect([400, 401]).toContain(status)
          }
          if (isRight(authorization)) expect(answers[0]?.status).toBe(200)
        }),
        { numRuns: 300 }
      )
    }
  )

  test.each(['Authorization', 'authorization'])('two %s fields of any bytes are never let in', async (name) => {
    await fc.assert(
      fc.asyncProperty(values, values, async (one, two) => {
        const bytes = requestBytes({ headers: [[name, one]], authorization: two })
        for (const { status } of await site.send(bytes)) expect([400, 401]).toContain(status)
      }),
      { numRuns: 100, examples: [[`Bearer ${token}`, `Bearer ${token}`]] }
    )
  })
})
