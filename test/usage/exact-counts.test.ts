import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { serve } from '../helpers/express-apps.js'
import { flood } from '../helpers/flood.js'
import { keyRing } from '../helpers/key-ring.js'
import { plainApp } from '../helpers/plain-app.js'
import { recordEvents } from '../helpers/recorded-events.js'
import { refuseUpdates } from '../helpers/refused-writes.js'
import { rounds } from '../helpers/rounds.js'
import { until } from '../helpers/until.js'

const requests = rounds(6_000, 20_000)
const keyCount = 50

describe.each(databases)('on $name', (database) => {
  test(`${requests} requests over 50 keys are counted exactly, though the database refuses writes in their middle`, {
    timeout: 120_000
  }, async () => {
    const events = recordEvents()
    const ring = await keyRing(database, { flushIntervalMs: 100 })
    const issued = await ring.issue(keyCount)
    const { port } = await serve(plainApp(ring.keys))
    const failures = () => events.filter(({ name }) => name === 'keystile:usage-flush-failed')
    let refused: Promise<void> | undefined
    const refuseForAWhile = async () => {
      const refusal = await refuseUpdates(database, ring.sql)
      await until(() => failures().length >= 3)
      await refusal.end()
    }
    const answers = await flood({
      port,
      tokens: issued.map(({ token }) => token),
      total: requests,
      onAnswer: (answered) => {
        if (answered === requests / 4) refused = refuseForAWhile()
      }
    })
    expect(answers).toEqual({ 204: requests })
    await refused
    expect(await ring.keys.close()).toEqual({ unwritten: 0 })
    expect(await ring.counts(issued)).toEqual(issued.map(() => requests / keyCount))
    expect(await ring.allowed(issued)).toEqual(issued.map(() => requests / keyCount))
    expect(failures().length).toBeGreaterThanOrEqual(3)
  })
})
