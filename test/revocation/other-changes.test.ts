/** What takes rights away by other means than revoke(id) holds as strictly. */
import type { ApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { type IssuedKey, insertOwner } from '../helpers/key-ring.js'
import { inBatches, lateLookups, scene, tryChange } from '../helpers/revocation-trials.js'
import { rounds } from '../helpers/rounds.js'

const trialsEach = rounds(20, 40)
const atATime = 10

const endings: readonly (readonly [string, (keys: ApiKeys, key: IssuedKey) => Promise<unknown>])[] = [
  ['revokeToken', (keys, { token }) => keys.revokeToken(token)],
  ['delete', (keys, { id }) => keys.delete(id)],
  ['rotate without grace', (keys, { id }) => keys.rotate(id, { grace: 0 })]
]

describe.each(databases)('on $name', (database) => {
  test.each(endings)('no request is accepted after %s', async (_, end) => {
    const stage = await scene(database, lateLookups)
    const issued = await stage.issue(trialsEach)
    const trials = await inBatches(issued, atATime, (key) => tryChange(stage, key, (keys) => end(keys, key)))
    expect(trials.filter(({ atOnce, atLast }) => atLast !== atOnce)).toEqual([])
    expect(trials.filter(({ answers }) => !answers[401])).toEqual([])
    expect(trials.some(({ atOnce }) => atOnce > 0)).toBe(true)
  })

  test('no request is accepted after revokeOwner, with any key of the owner', async () => {
    const stage = await scene(database, lateLookups)
    for (let round = 0; round < rounds(2, 6); round++) {
      const ownerId = await insertOwner(stage.sql)
      const issued = await stage.issue(10, ownerId)
      const [bystander] = await stage.issue(1)
      const revoking: Promise<unknown>[] = []
      const revokeOnce = (keys: ApiKeys) => {
        if (revoking.length === 0) revoking.push(keys.revokeOwner(ownerId))
        return Promise.all(revoking)
      }
      const trials = await Promise.all(issued.map((key) => tryChange(stage, key, revokeOnce)))
      expect(trials.filter(({ atOnce, atLast }) => atLast !== atOnce)).toEqual([])
      expect(trials.filter(({ answers }) => !answers[401])).toEqual([])
      expect((await stage.keys.verify(bystander?.token ?? '')).apiKey.id).toBe(bystander?.id)
    }
  })

  test('no request sees scopes that were taken away', async () => {
    const stage = await scene(database, lateLookups, (req) => req.apiKey?.scopes.includes('old') === true)
    const issued = await stage.issue(trialsEach)
    const take = (key: IssuedKey) => (keys: ApiKeys) => keys.update(key.id, { scopes: ['new'] })
    const trials = await inBatches(issued, atATime, (key) => tryChange(stage, key, take(key)))
    expect(trials.filter(({ atOnce, atLast }) => atLast !== atOnce)).toEqual([])
    expect(trials.filter(({ answers }) => Object.keys(answers).join() !== '204')).toEqual([])
    expect(trials.some(({ atOnce }) => atOnce > 0)).toBe(true)
    expect(trials.some(({ answers, atLast }) => (answers[204] ?? 0) > atLast)).toBe(true)
  })
})
