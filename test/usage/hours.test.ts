/** Usage over time: what keys.usage() says of requests that were let in and refused. */
import express, { type RequestHandler } from 'express'
import type { UsageInput } from 'keystile'
import { apiKeyAuth, createApiKeys, requireScopes } from 'keystile'
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { serve } from '../helpers/express-apps.js'
import { type FreshKeys, freshKeys } from '../helpers/keys.js'
import { day, hour, manualClock } from '../helpers/manual-clock.js'
import { until } from '../helpers/until.js'

/** Half past an hour, and far from midnight. */
const start = Date.UTC(2026, 5, 10, 12, 30)
const twoHours = { from: new Date(start), to: new Date(start + 2 * hour), by: 'hour' } as const

describe.each(databases)('on $name', (database) => {
  async function setting() {
    const clock = manualClock(start)
    const db = await freshKeys(database, { now: clock, flushIntervalMs: 10 })
    const { apiKey, token } = await db.keys.create({ ownerId: db.owner.id, name: 'laptop', scopes: ['read'] })
    const written = () => until(() => db.keys.health().waitingKeys === 0)
    return { ...db, clock, id: apiKey.id, token, written }
  }
  const use = async ({ keys }: Pick<FreshKeys, 'keys'>, token: string, times: number) => {
    for (let i = 0; i < times; i++) await keys.verify(token).catch(() => {})
  }

  test('what is let in and what is refused is told for each hour, those without requests too', async () => {
    const db = await setting()
    await use(db, db.token, 3)
    db.clock.pass(2 * hour)
    await use(db, db.token, 2)
    await db.keys.revoke(db.id)
    await use(db, db.token, 4)
    await db.written()
    const bucket = (hours: number, allowed: number, denied: number) => ({
      start: new Date(start - hour / 2 + hours * hour),
      allowed,
      denied
    })
    const to = new Date(start + 2 * hour + 1)
    expect(await db.keys.usage(db.id, { from: new Date(start), to, by: 'hour' })).toEqual({
      from: new Date(start - hour / 2),
      to: new Date(start + 2.5 * hour),
      by: 'hour',
      allowed: 5,
      denied: 4,
      buckets: [bucket(0, 3, 0), bucket(1, 0, 0), bucket(2, 2, 4)]
    })
    expect(await db.keys.get(db.id)).toMatchObject({ usageCount: 5, lastUsedAt: new Date(start + 2 * hour) })
  })

  test('by default it is the last 30 days, by days of UTC, today among them', async () => {
    const db = await setting()
    await use(db, db.token, 3)
    db.clock.pass(29 * day)
    await use(db, db.token, 1)
    await db.written()
    const { buckets, by, allowed } = await db.keys.usage(db.id)
    expect({ by, allowed, days: buckets.length }).toEqual({ by: 'day', allowed: 4, days: 30 })
    expect(buckets[0]).toEqual({ start: new Date(Date.UTC(2026, 5, 10)), allowed: 3, denied: 0 })
    expect(buckets[29]).toEqual({ start: new Date(Date.UTC(2026, 6, 9)), allowed: 1, denied: 0 })
    expect((await db.keys.usage(db.id, { by: 'hour' })).buckets).toHaveLength(24)
    const longest = { from: new Date(start - 31 * day + 60_000), to: new Date(start + 60_000), by: 'hour' } as const
    expect((await db.keys.usage(db.id, longest)).buckets).toHaveLength(31 * 24 + 1)
  })

  test.each([10, 60_000])('what a guard refuses is denied and a use, written each %i ms', async (flushIntervalMs) => {
    const clock = manualClock(start)
    const { keys, owner, url } = await freshKeys(database, { now: clock, flushIntervalMs })
    const { token, apiKey } = await keys.create({ ownerId: owner.id, name: 'laptop', scopes: ['read'] })
    const app = express()
    app.use(apiKeyAuth({ keys }))
    // Long enough for the count to be written, and the hour to end, before the guard refuses.
    app.use((_req, _res, next) => {
      setTimeout(() => {
        clock.pass(hour)
        next()
      }, 50)
    })
    app.get('/read', requireScopes('read'), (_req, res) => void res.json({}))
    app.get('/write', requireScopes('write'), (_req, res) => void res.json({}))
    const { port } = await serve(app)
    const get = (path: string) =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers: { Authorization: `Bearer ${token}` } })
    expect((await get('/write')).status).toBe(403)
    expect((await get('/read')).status).toBe(200)
    expect((await get('/write')).status).toBe(403)
    await keys.close()
    const reader = createApiKeys({ url, now: clock })
    const span = { from: new Date(start), to: new Date(start + 3 * hour), by: 'hour' } as const
    const { buckets } = await reader.usage(apiKey.id, span)
    expect(buckets.map(({ allowed, denied }) => [allowed, denied])).toEqual([
      [0, 1],
      [1, 0],
      [0, 1],
      [0, 0]
    ])
    expect(await reader.get(apiKey.id)).toMatchObject({ usageCount: 3 })
    await reader.close()
  })

  test('what a guard refuses when a later hour counts already is denied in the hour that let it in', async () => {
    const clock = manualClock(start)
    const { keys, owner, url } = await freshKeys(database, { now: clock, flushIntervalMs: 60_000 })
    const { token, apiKey } = await keys.create({ ownerId: owner.id, name: 'laptop', scopes: ['read'] })
    let release: (() => void) | undefined
    const app = express()
    app.use(apiKeyAuth({ keys }))
    const hold: RequestHandler = (_req, _res, next) => {
      release = next
    }
    app.get('/write', hold, requireScopes('write'))
    app.get('/read', requireScopes('read'), (_req, res) => void res.json({}))
    const { request } = await serve(app)
    const get = async (path: string) => (await request({ path, authorization: `Bearer ${token}` })).status
    expect(await get('/read')).toBe(200)
    const refused = get('/write')
    await until(() => release !== undefined)
    clock.pass(hour)
    expect(await get('/read')).toBe(200)
    release?.()
    expect(await refused).toBe(403)
    expect(await get('/read')).toBe(200)
    await keys.close()
    const reader = createApiKeys({ url, now: clock })
    const { buckets } = await reader.usage(apiKey.id, twoHours)
    await reader.close()
    expect(buckets.map(({ allowed, denied }) => [allowed, denied])).toEqual([
      [1, 1],
      [2, 0],
      [0, 0]
    ])
  })

  test('denials alone move neither the count nor the last time', async () => {
    const db = await setting()
    await db.keys.revoke(db.id)
    await use(db, db.token, 3)
    await db.written()
    expect(await db.keys.get(db.id)).toMatchObject({ usageCount: 0, lastUsedAt: null, lastUsedIp: null })
    expect(await db.keys.usage(db.id, twoHours)).toMatchObject({ allowed: 0, denied: 3 })
  })

  test('prune removes hours that are older than keepUsageFor, and no more', async () => {
    const db = await setting()
    await use(db, db.token, 1)
    db.clock.pass(hour)
    await use(db, db.token, 1)
    await db.written()
    db.clock.pass(90 * day - hour)
    expect(await db.keys.prune()).toMatchObject({ deletedHours: 1 })
    expect(await db.keys.usage(db.id, twoHours)).toMatchObject({ allowed: 1 })
    db.clock.pass(100 * day)
    expect(await db.keys.prune()).toMatchObject({ deletedHours: 1 })
    expect(await db.keys.get(db.id)).toMatchObject({ usageCount: 2 })
  })

  test('a key that is not there is not found; usage of one that was deleted stays', async () => {
    const db = await setting()
    await use(db, db.token, 1)
    await db.written()
    await db.keys.delete(db.id)
    expect(await db.keys.usage(db.id, twoHours)).toMatchObject({ allowed: 1 })
    await expect(db.keys.usage('never was')).rejects.toMatchObject({ code: 'not_found' })
  })

  test.each([
    [{ by: 'minute' }, 'by'],
    [{ from: '2026-01-01' }, 'from'],
    [{ to: new Date(Number.NaN) }, 'to'],
    [{ to: new Date(-1) }, 'to'],
    [{ to: new Date(hour) }, 'from'],
    [{ to: new Date(8.64e15) }, 'to'],
    [{ from: new Date(start), to: new Date(start - day) }, 'from'],
    [{ from: new Date(start - 367 * day), to: new Date(start) }, 'from'],
    [{ from: new Date(start - 32 * day), to: new Date(start), by: 'hour' }, 'from'],
    [{ since: new Date(start) }, 'since']
  ])('usage(id, %j) is refused', async (input, field) => {
    const db = await setting()
    await expect(db.keys.usage(db.id, input as UsageInput)).rejects.toMatchObject({ code: 'invalid_argument', field })
  })
})
