/** SQLite: another process holds the write lock. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { databases, type TestDatabase } from '../helpers/databases.js'
import { serve } from '../helpers/express-apps.js'
import { flood } from '../helpers/flood.js'
import { keyRing } from '../helpers/key-ring.js'
import { holdWriteLock } from '../helpers/lock-process.js'
import { plainApp } from '../helpers/plain-app.js'

const sqlite = databases.find(({ provider }) => provider === 'sqlite') as TestDatabase

let timer: NodeJS.Timeout | undefined
afterEach(() => clearInterval(timer))

/** The longest time, in milliseconds, for which nothing else in the process could run. */
function watchEventLoop(): { readonly longestMs: number } {
  clearInterval(timer)
  const seen = { longestMs: 0 }
  let last = performance.now()
  timer = setInterval(() => {
    const now = performance.now()
    seen.longestMs = Math.max(seen.longestMs, now - last - 5)
    last = now
  }, 5)
  return seen
}

// Its subject is time: a machine that has other work gets another try.
test('a write lock held for 3 s holds up neither the event loop nor requests, and changes wait for it', {
  retry: 2
}, async () => {
  const ring = await keyRing(sqlite, { flushIntervalMs: 10 })
  const { keys } = ring
  const [key, other] = await ring.issue(2)
  if (!key || !other) throw new Error('no keys')
  const { port } = await serve(plainApp(keys))
  let over = false
  const load = () => flood({ port, tokens: [key.token], until: () => over, connections: 2, depth: 1 })
  const before = watchEventLoop()
  await flood({ port, tokens: [key.token], total: 200, connections: 2, depth: 1 })

  const lock = await holdWriteLock(ring.url)
  const loop = watchEventLoop()
  const loading = load()
  const changes = Promise.all([
    ...Array.from({ length: 10 }, (_, i) => `key ${i}`).map((name) => keys.create({ ownerId: ring.ownerId, name })),
    keys.revoke(other.id)
  ])
  let changed = false
  changes.then(
    () => (changed = true),
    () => (changed = true)
  )
  await sleep(3_000)
  expect(changed).toBe(false)
  await lock.release()
  await changes
  over = true
  const answers = await loading
  expect(Object.keys(answers)).toEqual(['204'])
  // Waiting writers that take the event loop in turns let a handful through.
  expect(answers[204]).toBeGreaterThan(10)
  // On a machine with too much to do, the loop waits as long without any lock.
  expect(loop.longestMs).toBeLessThan(Math.max(100, 3 * before.longestMs))
  expect(await keys.get(other.id)).toMatchObject({ status: 'revoked' })
  expect(await keys.close()).toEqual({ unwritten: 0 })
  expect(await ring.counts([key])).toEqual([200 + (answers[204] ?? 0)])
})

test('a revocation that never got the lock is an error that says so, and the key still works', async () => {
  const ring = await keyRing(sqlite)
  const [key] = await ring.issue(1)
  if (!key) throw new Error('no key')
  const lock = await holdWriteLock(ring.url)
  const refused = {
    code: 'not_writable',
    status: 503,
    message: expect.stringMatching(/write lock .*nothing was changed/)
  }
  await Promise.all([
    expect(ring.keys.revoke(key.id)).rejects.toMatchObject(refused),
    expect(ring.keys.create({ ownerId: ring.ownerId, name: 'late' })).rejects.toMatchObject(refused),
    expect(ring.keys.rotate(key.id, { grace: 0 })).rejects.toMatchObject(refused)
  ])
  await lock.release()
  expect((await ring.keys.verify(key.token)).apiKey.id).toBe(key.id)
  expect((await ring.keys.list()).items.map(({ id }) => id)).toEqual([key.id])
})
