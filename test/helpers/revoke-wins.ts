/** `await keys.revoke(id)` is followed by no accepted request, whatever was under way: in full, 1,000 trials on a database. */
import { expect, test } from 'vitest'
import type { TestDatabase } from './databases.js'
import { inBatches, lateLookups, plainLookups, scene, tryChange } from './revocation-trials.js'
import { rounds } from './rounds.js'

const trialsEach = rounds(80, 500)
const atATime = 6

export function testThatRevokeWins(database: TestDatabase): void {
  test.each([
    ['plain lookups', plainLookups],
    ['lookups whose answers come late', lateLookups]
  ])(
    `no request is accepted after its key's revocation, in ${trialsEach} trials with %s`,
    { timeout: 120_000 },
    async (_, options) => {
      const stage = await scene(database, options)
      const issued = await stage.issue(trialsEach)
      const trials = await inBatches(issued, atATime, (key) => tryChange(stage, key, (keys) => keys.revoke(key.id)))

      expect(trials.filter(({ atOnce, atLast }) => atLast !== atOnce)).toEqual([])
      for (const { atLast, answers } of trials) {
        expect(answers[204] ?? 0).toBe(atLast)
        expect(answers[401]).toBeGreaterThan(0)
        expect(Object.keys(answers).filter((status) => status !== '204' && status !== '401')).toEqual([])
      }
      // Where requests were let in before, and others refused that were under way, there was a race.
      expect(trials.filter(({ answers }) => (answers[204] ?? 0) > 0 && (answers[401] ?? 0) > 1).length).toBeGreaterThan(
        trialsEach / 10
      )
      expect(await stage.keys.close()).toEqual({ unwritten: 0 })
      expect(await stage.counts(issued)).toEqual(trials.map(({ atLast }) => atLast))
    }
  )
}
