/** Lines of rotated keys of which some are removed: a revocation still finds those in grace. */
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { freshKeys } from '../helpers/keys.js'
import { day, manualClock } from '../helpers/manual-clock.js'
import { rounds } from '../helpers/rounds.js'

describe.each(databases)('on $name', (database) => {
  test('two neighbours are pruned together', async () => {
    const clock = manualClock()
    const { keys, owner } = await freshKeys(database, { now: clock })
    const first = await keys.create({ ownerId: owner.id, name: 'first' })
    let last = await keys.rotate(first.apiKey.id, { grace: '90d' })
    for (let i = 0; i < 2; i++) {
      clock.pass(1_000)
      last = await keys.rotate(last.apiKey.id, { grace: 0 })
    }
    clock.pass(31 * day)
    expect((await keys.prune()).deleted).toBe(2)
    await keys.revoke(last.apiKey.id)
    expect((await keys.get(first.apiKey.id))?.status).toBe('revoked')
  })

  test('two neighbours are deleted at once', async () => {
    const { keys, owner } = await freshKeys(database)
    // On PostgreSQL the two wait for each other; it takes the server a second to see that.
    for (let round = 0; round < rounds(2, 10); round++) {
      const line = [(await keys.create({ ownerId: owner.id, name: 'first' })).apiKey.id]
      for (let i = 0; i < 3; i++) line.push((await keys.rotate(line[i] ?? '', { grace: '90d' })).apiKey.id)
      const [first = '', second = '', third = '', last = ''] = line
      await Promise.all([keys.delete(second), keys.delete(third)])
      await keys.revoke(last)
      expect((await keys.get(first))?.status).toBe('revoked')
    }
  })
})
