/** `usage: 'immediate'`: counts are written before the request goes on. */
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { serve } from '../helpers/express-apps.js'
import { flood } from '../helpers/flood.js'
import { keyRing } from '../helpers/key-ring.js'
import { plainApp } from '../helpers/plain-app.js'
import { refuseUpdates } from '../helpers/refused-writes.js'

describe.each(databases)('on $name', (database) => {
  test('a use is in the database before its answer arrives', async () => {
    const ring = await keyRing(database, { usage: 'immediate', flushIntervalMs: 60_000 })
    const issued = await ring.issue(1)
    const { port } = await serve(plainApp(ring.keys))
    for (let i = 1; i <= 20; i++) {
      expect(await flood({ port, tokens: [issued[0]?.token ?? ''], total: 1 })).toEqual({ 204: 1 })
      expect(await ring.counts(issued)).toEqual([i])
    }
  })

  test('500 requests from several connections are all in the database with the last answer', async () => {
    const ring = await keyRing(database, { usage: 'immediate', flushIntervalMs: 60_000 })
    const issued = await ring.issue(5)
    const tokens = issued.map(({ token }) => token)
    const { port } = await serve(plainApp(ring.keys))
    expect(await flood({ port, tokens, total: 500 })).toEqual({ 204: 500 })
    expect(await ring.counts(issued)).toEqual([100, 100, 100, 100, 100])
    expect(await ring.keys.close()).toEqual({ unwritten: 0 })
    expect(await ring.counts(issued)).toEqual([100, 100, 100, 100, 100])
  })

  test('a database that takes no counts refuses no good key, and has the counts later', async () => {
    const ring = await keyRing(database, { usage: 'immediate' })
    const issued = await ring.issue(1)
    const { port } = await serve(plainApp(ring.keys))
    const refusal = await refuseUpdates(database, ring.sql)
    expect(await flood({ port, tokens: [issued[0]?.token ?? ''], total: 10, connections: 2 })).toEqual({ 204: 10 })
    expect(await ring.counts(issued)).toEqual([0])
    await refusal.end()
    expect(await ring.keys.close()).toEqual({ unwritten: 0 })
    expect(await ring.counts(issued)).toEqual([10])
    expect(await ring.allowed(issued)).toEqual([10])
  })
})
