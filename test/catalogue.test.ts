/** defineScopes(): the scopes of an app in words, and what is said of guards that ask for others. */
import express from 'express'
import { apiKeyAuth, createApiKeys, defineScopes, requireAnyScope, requireScopes } from 'keystile'
import { describe, expect, test } from 'vitest'
import { embeddedKeys } from './helpers/embedded-keys.js'
import { serve } from './helpers/express-apps.js'
import { recordEvents } from './helpers/recorded-events.js'

const scopes = defineScopes({ 'reports:read': 'Read reports', 'reports:write': 'Write reports' })

test('it gives back what it was given, frozen', () => {
  expect(scopes).toEqual({ 'reports:read': 'Read reports', 'reports:write': 'Write reports' })
  expect(Object.isFrozen(scopes)).toBe(true)
})

test.each([
  [undefined, 'takes an object'],
  [['reports:read'], 'takes an object'],
  [{}, 'no scope'],
  [{ '*': 'All' }, '"*" is no scope'],
  [{ 'reports:*': 'All' }, '"reports:*" is no scope'],
  [{ 'a b': 'x' }, '"a b" is no scope'],
  [{ 'reports:read': '' }, 'what "reports:read" allows'],
  [{ 'reports:read': 5 }, 'what "reports:read" allows'],
  [{ 'reports:read': 'x'.repeat(201) }, 'what "reports:read" allows']
])('defineScopes(%j) throws', (catalogue, message) => {
  expect(() => defineScopes(catalogue as unknown as Record<string, string>)).toThrow(message)
  expect(() =>
    createApiKeys({ url: 'file:./never.db', scopes: (catalogue ?? 5) as unknown as Record<string, string> })
  ).toThrow(TypeError)
})

describe('a guard whose scope is not in the catalogue', () => {
  async function setting(catalogue?: Record<string, string>) {
    const db = await embeddedKeys(catalogue && { scopes: catalogue })
    const app = express()
    app.use(apiKeyAuth({ keys: db.keys }))
    const anyone = (_req: express.Request, res: express.Response) => void res.json({})
    app.get('/good', requireScopes('reports:read'), anyone)
    app.get('/bad', requireAnyScope('reports:raed', 'reports:write'), anyone)
    app.get(
      '/dynamic',
      requireScopes(() => 'teams:1'),
      anyone
    )
    const { port } = await serve(app)
    const { token } = await db.issue({ scopes: ['reports:*'] })
    const get = async (path: string) =>
      (
        await fetch(`http://127.0.0.1:${port}${path}`, {
          headers: { authorization: `Bearer ${token}`, connection: 'close' }
        })
      ).status
    const events = recordEvents()
    return {
      get,
      warnings: () => events.filter(({ name }) => name === 'keystile:warning').map(({ payload }) => payload)
    }
  }

  test('is told of once, at its first request, with what may be meant', async () => {
    const { get, warnings } = await setting(scopes)
    expect(warnings()).toEqual([])
    expect(await get('/good')).toBe(200)
    expect(warnings()).toEqual([])
    expect([await get('/bad'), await get('/bad')]).toEqual([200, 200])
    expect(warnings()).toEqual([
      {
        code: 'unknown_scope',
        message:
          'requireAnyScope() asks for a scope that the catalogue of createApiKeys({ scopes }) lacks: "reports:raed"; ' +
          'did you mean "reports:read"? It has reports:read, reports:write.'
      }
    ])
  })

  test('is not told of where it is a function, or where there is no catalogue', async () => {
    const withCatalogue = await setting(scopes)
    expect(await withCatalogue.get('/dynamic')).toBe(403)
    expect(withCatalogue.warnings()).toEqual([])
    const without = await setting()
    expect(await without.get('/bad')).toBe(200)
    expect(without.warnings()).toEqual([])
  })
})
