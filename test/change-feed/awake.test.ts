/** How long a feed goes on asking: counted are the look-ups that requests have to make when it does not. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { until } from '../helpers/until.js'
import { watchedKeys } from '../helpers/watched-lookups.js'

/** For longer than a feed asks on by itself, and what it last proved is good. */
const longMs = 8_500

describe.each(databases)('on $name', (database) => {
  async function scene() {
    const { keys, seen, issued } = await watchedKeys(database, 1)
    const use = () => keys.verify(issued[0]?.token ?? '')
    const isFresh = () => keys.health().cache === 'fresh'
    await until(async () => {
      await use()
      return isFresh()
    })
    await use()
    return { seen, use, isFresh }
  }

  test('while requests come whose key is remembered, nothing is looked up', { timeout: 30_000 }, async (context) => {
    const { seen, use } = await scene()
    seen.lookups = 0
    let stoodStillMs = 0
    for (const endsAt = performance.now() + longMs; performance.now() < endsAt; ) {
      const beganAt = performance.now()
      await use()
      await sleep(50)
      stoodStillMs = Math.max(stoodStillMs, performance.now() - beganAt)
    }
    if (stoodStillMs > 1_000) context.skip('this machine stood still for so long that a lease may have ended')
    expect(seen.lookups).toBe(0)
  })

  test('with the last request it ends', { timeout: 30_000 }, async () => {
    const { isFresh } = await scene()
    await sleep(longMs)
    expect(isFresh()).toBe(false)
  })
})
