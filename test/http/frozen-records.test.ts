/** No handler can widen what a key may do: what is on a request can't be written to. */
import { apiKeyAuth, requireScopes } from 'keystile'
import { describe, expect, test } from 'vitest'
import { embeddedKeys } from '../helpers/embedded-keys.js'
import { expressVersions, serve } from '../helpers/express-apps.js'

const { keys, issue } = await embeddedKeys()
const { bearer, token } = await issue({
  scopes: ['a'],
  metadata: { plan: 'free', limits: { perDay: 5, hosts: ['one'] }, notes: [{ text: 'hi' }] }
})

/** The places below a request that hold something: what is there, and something else for it. */
const places: readonly (readonly [path: string, value: unknown])[] = [
  ['apiKey.id', 'other'],
  ['apiKey.ownerId', 'other'],
  ['apiKey.name', 'other'],
  ['apiKey.scopes', ['*']],
  ['apiKey.scopes.0', '*'],
  ['apiKey.scopes.1', '*'],
  ['apiKey.scopes.length', 0],
  ['apiKey.expiresAt', new Date(0)],
  ['apiKey.metadata', {}],
  ['apiKey.metadata.plan', 'pro'],
  ['apiKey.metadata.limits.perDay', 99],
  ['apiKey.metadata.limits.hosts.0', 'two'],
  ['apiKey.metadata.limits.hosts.1', 'two'],
  ['apiKey.metadata.notes.0.text', 'x'],
  ['apiKey.novel', true],
  ['owner.id', 'other'],
  ['owner.email', 'eve@example.com'],
  ['owner.isActive', false],
  ['owner.role', 'admin']
]

/** The object that holds a place, and the name of the place in it. */
function holderOf(root: object, path: string): [Record<string, unknown>, string] {
  const names = path.split('.')
  const last = names.pop() ?? ''
  return [
    names.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], root) as Record<string, unknown>,
    last
  ]
}

/** Plain statements of strict mode, as a handler has them. */
function write(root: object, path: string, value: unknown): void {
  const [holder, name] = holderOf(root, path)
  holder[name] = value
}

function remove(root: object, path: string): void {
  const [holder, name] = holderOf(root, path)
  delete holder[name]
}

describe.each(expressVersions)('on $name', ({ express }) => {
  test.each(places)('a handler that writes to req.%s gets a TypeError', async (path, value) => {
    const thrown: unknown[] = []
    const app = express()
    app.use(apiKeyAuth({ keys }))
    app.use((req, _res, next) => {
      try {
        write(req, path, value)
      } catch (error) {
        thrown.push(error)
      }
      next()
    })
    app.get('/', (req, res) => void res.json({ apiKey: req.apiKey, owner: req.owner }))
    app.get('/guarded', requireScopes('b'), (_, res) => void res.send('in'))
    const { request } = await serve(app)
    const { body } = await request({ authorization: bearer })
    expect(thrown).toEqual([expect.any(TypeError)])
    const { apiKey, owner } = await keys.verify(token)
    expect(JSON.parse(body)).toEqual(JSON.parse(JSON.stringify({ apiKey, owner })))
    expect((await request({ authorization: bearer, path: '/guarded' })).status).toBe(403)
  })
})

test.each(places)('what keys.verify gives can not be written to at %s', async (path, value) => {
  const verified = await keys.verify(token)
  expect(() => write(verified, path, value)).toThrow(TypeError)
})

test.each(places.slice(0, 5))('what keys.get gives can not be written to at %s, nor lose it', async (path, value) => {
  const { apiKey } = await keys.verify(token)
  const record = { apiKey: await keys.get(apiKey.id) }
  expect(() => write(record, path, value)).toThrow(TypeError)
  expect(() => remove(record, path)).toThrow(TypeError)
})
