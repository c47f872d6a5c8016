/** How the page and its files are answered, without a browser. */
import type { Express } from 'express'
import helmet from 'helmet'
import { type ApiKeyRouterOptions, apiKeyRouter } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { type EmbeddedKeys, embeddedKeys } from '../helpers/embedded-keys.js'
import { expressVersions, type Site, serve } from '../helpers/express-apps.js'

describe.each(expressVersions)('the page on $name', ({ express }) => {
  let embedded: EmbeddedKeys

  beforeAll(async () => {
    embedded = await embeddedKeys()
  })

  const site = (
    mount: string,
    options: Partial<ApiKeyRouterOptions> = {},
    prepare: (app: Express) => void = () => {}
  ) => {
    const app = express()
    prepare(app)
    app.use(mount, apiKeyRouter({ keys: embedded.keys, actor: () => null, page: true, ...options }))
    return serve(app)
  }
  const get = (at: Site, path: string, ifNoneMatch?: string) =>
    at.request({ path, headers: ifNoneMatch === undefined ? [] : [['If-None-Match', ifNoneMatch]] })

  test('is found with and without a slash at its end, for those who are not signed in too', async () => {
    const at = await site('/keys')
    for (const path of ['/keys/ui', '/keys/ui/', '/keys/ui/?x=1']) {
      const { status, headers, body } = await get(at, path)
      expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
      expect(body).toContain('<script type="module" src="/keys/ui/page.js">')
      expect(body).toContain('data-base="/keys"')
    }
    expect((await get(at, '/keys')).status).toBe(401)
  })

  test('stands at the root, and below more than one name', async () => {
    expect((await get(await site('/'), '/ui/')).body).toContain('src="/ui/page.js"')
    expect((await get(await site('/a/b'), '/a/b/ui/')).body).toContain('src="/a/b/ui/page.js"')
  })

  test('is there only where it is asked for', async () => {
    const at = await site('/keys', { page: false })
    expect((await get(at, '/keys/ui/')).status).toBe(401)
    expect((await get(at, '/keys/ui/page.js')).status).toBe(404)
  })

  test('has a strict policy in place of the app’s, and leaves HSTS to the app', async () => {
    const at = await site('/keys', {}, (app) => app.use(helmet({ strictTransportSecurity: false })))
    const { headers } = await get(at, '/keys/ui/')
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none';script-src 'self';style-src 'self';connect-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|upgrade-insecure-requests|https?:/)
    expect(headers['strict-transport-security']).toBeUndefined()
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['referrer-policy']).toBe('same-origin')
  })

  test('escapes where it is mounted and where one signs in', async () => {
    const at = await site('/:team/keys', { signInPath: '/in?a="><script>&b' })
    const { body } = await get(at, `/"'><script>x/keys/ui/`)
    expect(body).not.toContain('<script>')
    expect(body).toContain('data-sign-in="/in?a=&quot;&gt;&lt;script&gt;&amp;b"')
  })

  test.each([
    ['page.js', 'text/javascript; charset=utf-8'],
    ['uplot.js', 'text/javascript; charset=utf-8'],
    ['base.css', 'text/css; charset=utf-8'],
    ['uplot.css', 'text/css; charset=utf-8']
  ])('serves %s, and says when it has not changed', async (name, type) => {
    const at = await site('/keys')
    const { status, headers, body } = await get(at, `/keys/ui/${name}`)
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([200, type, 'no-cache'])
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(body.length).toBeGreaterThan(100)
    const again = await get(at, `/keys/ui/${name}`, `"other", W/${headers['etag']}`)
    expect([again.status, again.body]).toEqual([304, ''])
  })

  test('serves its own files and no others', async () => {
    const at = await site('/keys')
    for (const path of [
      'tsconfig.json',
      'types.d.ts',
      '../index.ts',
      '..%2findex.ts',
      '.',
      '__proto__',
      'assets/page.js'
    ])
      expect([path, (await get(at, `/keys/ui/${path}`)).status]).toEqual([path, 404])
  })

  test('every file that the page names is there', async () => {
    const at = await site('/keys')
    const asked = new Set<string>()
    const visit = async (path: string) => {
      if (asked.has(path)) return
      asked.add(path)
      const { status, body } = await get(at, path)
      expect([path, status]).toEqual([path, 200])
      if (path.endsWith('.js'))
        for (const [, name] of body.matchAll(/^import .*?from '\.\/(.+?)'$/gm)) await visit(`/keys/ui/${name}`)
    }
    const { body } = await get(at, '/keys/ui/')
    for (const [, path = ''] of body.matchAll(/(?:src|href)="(\/.+?)"/g)) await visit(path)
    expect(asked.size).toBeGreaterThan(20)
  })

  test('answers HEAD without a body, and no other method', async () => {
    const at = await site('/keys')
    for (const path of ['/keys/ui/', '/keys/ui/page.js']) {
      const head = await at.request({ method: 'HEAD', path })
      expect([head.status, head.body]).toEqual([200, ''])
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
        const { status, headers } = await at.request({ method, path })
        expect([status, headers['allow']]).toEqual([405, 'GET, HEAD'])
      }
    }
  })
})
