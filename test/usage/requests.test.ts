/** Which requests count, and what is remembered of the last one. */
import express from 'express'
import { apiKeyAuth, requireScopes } from 'keystile'
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { type Site, serve } from '../helpers/express-apps.js'
import { type KeyRing, keyRing } from '../helpers/key-ring.js'
import { plainApp } from '../helpers/plain-app.js'

async function ask(site: Site, token: string, path = '/', forwarded?: string): Promise<number> {
  const headers = forwarded === undefined ? [] : [['X-Forwarded-For', forwarded] as const]
  return (await site.request({ path, authorization: `Bearer ${token}`, headers })).status
}

async function one(ring: KeyRing) {
  const [key] = await ring.issue(1)
  if (!key) throw new Error('no key')
  return key
}

describe.each(databases)('on $name', (database) => {
  test('a request that a guard refuses counts; refused tokens do not', async () => {
    const ring = await keyRing(database)
    const [key, expired, revoked] = await ring.issue(3)
    if (!key || !expired || !revoked) throw new Error('no keys')
    await ring.sql.query('UPDATE api_keys SET expires_at = created_at WHERE id = ?', expired.id)
    await ring.keys.revoke(revoked.id)
    const app = express()
    app.use(apiKeyAuth({ keys: ring.keys }))
    app.get('/', requireScopes('reports:read'), (_req, res) => void res.end())
    const site = await serve(app)
    const wrong = key.token.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))
    expect(await ask(site, key.token)).toBe(403)
    for (const token of [expired.token, revoked.token, wrong, 'other']) expect(await ask(site, token)).toBe(401)
    expect(await ring.keys.close()).toEqual({ unwritten: 0 })
    expect(await ring.counts([key, expired, revoked])).toEqual([1, 0, 0])
  })

  test('a second apiKeyAuth of the same keys does not count again', async () => {
    const ring = await keyRing(database)
    const key = await one(ring)
    const app = express()
    app.use(apiKeyAuth({ keys: ring.keys }), apiKeyAuth({ keys: ring.keys, optional: true }))
    app.use(express.Router().use(apiKeyAuth({ keys: ring.keys })))
    app.get('/', (_req, res) => void res.end())
    const site = await serve(app)
    for (let i = 0; i < 3; i++) expect(await ask(site, key.token)).toBe(200)
    await ring.keys.close()
    expect(await ring.counts([key])).toEqual([3])
  })

  test('the last time is the time of the last request by the clock of the instance, and updatedAt stays', async () => {
    let now = Date.UTC(2026, 5, 1)
    const ring = await keyRing(database, { now: () => now, flushIntervalMs: 10 })
    const key = await one(ring)
    const before = await ring.keys.get(key.id)
    const site = await serve(plainApp(ring.keys))
    for (const at of [Date.UTC(2026, 5, 2), Date.UTC(2026, 5, 3, 4, 5, 6, 789)]) {
      now = at
      expect(await ask(site, key.token)).toBe(204)
    }
    await ring.keys.close()
    const [row] = await ring.sql.query('SELECT last_used_at, updated_at FROM api_keys')
    expect(new Date(row?.['last_used_at'] as string | Date)).toEqual(new Date(now))
    expect(new Date(row?.['updated_at'] as string | Date)).toEqual(before?.updatedAt)
  })

  test('keys.verify counts, with the address that it is given', async () => {
    const ring = await keyRing(database)
    const [first, second] = await ring.issue(2)
    if (!first || !second) throw new Error('no keys')
    await ring.keys.verify(first.token, { ip: '::ffff:198.51.100.7' })
    await ring.keys.verify(second.token)
    await ring.keys.verify(second.token, { ip: 'not an address' })
    await ring.keys.close()
    expect(await ring.counts([first, second])).toEqual([1, 2])
    const rows = await ring.sql.query('SELECT id, last_used_ip FROM api_keys')
    const ips = new Map(rows.map((row) => [row['id'], row['last_used_ip']]))
    expect([ips.get(first.id), ips.get(second.id)]).toEqual(['198.51.100.7', null])
  })

  test('an address is stored in one form, and what is none is not stored', async () => {
    const ring = await keyRing(database)
    const app = plainApp(ring.keys).set('trust proxy', true)
    const site = await serve(app)
    const issued = await ring.issue(addresses.length)
    for (const [i, [forwarded]] of addresses.entries()) {
      expect(await ask(site, issued[i]?.token ?? '', '/', forwarded)).toBe(204)
    }
    expect(await ring.keys.close()).toEqual({ unwritten: 0 })
    const rows = await ring.sql.query('SELECT id, last_used_ip FROM api_keys')
    const ips = new Map(rows.map((row) => [row['id'], row['last_used_ip']]))
    const stored = addresses.map(([forwarded], i) => [forwarded, ips.get(issued[i]?.id)])
    expect(stored).toEqual(addresses)
  })
})

/** What a header says, and what is stored of it. */
const addresses: readonly (readonly [string, string | null])[] = [
  ['203.0.113.9', '203.0.113.9'],
  ['203.0.113.9, 10.0.0.1', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['::FFFF:203.0.113.9', '203.0.113.9'],
  ['::ffff:cb00:7109', '203.0.113.9'],
  ['::FfFf:CB00:7109', '203.0.113.9'],
  ['0:0:0:0:0:ffff:203.0.113.9', '203.0.113.9'],
  ['0000:0000:0000:0000:0000:ffff:cb00:7109', '203.0.113.9'],
  ['0::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:DB8::1', '2001:db8::1'],
  ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::1', '::1'],
  ['unknown', null],
  ['203.0.113.9:4711', null],
  ['[2001:db8::1]', null],
  ['256.1.1.1', null],
  ['010.0.0.1', null],
  ['1.2.3', null],
  ['0x7f000001', null],
  ["'; DROP TABLE api_keys; --", null],
  ['<script>alert(1)</script>', null],
  ['::ffff:203.0.113.9.5', null],
  ['x'.repeat(5_000), null]
]
