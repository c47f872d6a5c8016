/** keys.findExpiring(): which keys end soon, for a job that tells their owners. */
import type { Duration, FindExpiringInput } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { type FreshKeys, freshKeys } from '../helpers/keys.js'
import { day, manualClock } from '../helpers/manual-clock.js'

describe.each(databases)('on $name', (database) => {
  const clock = manualClock()
  let db: FreshKeys
  beforeAll(async () => {
    db = await freshKeys(database, { now: clock })
  })

  async function ownerWith(lifetimes: readonly (Duration | undefined)[]) {
    const { id: ownerId } = await db.newOwner()
    const ids = []
    for (const [i, expiresIn] of lifetimes.entries())
      ids.push((await db.keys.create({ ownerId, name: `${i}`, ...(expiresIn && { expiresIn }) })).apiKey.id)
    return { ownerId, ids }
  }
  const names = async (input: FindExpiringInput) => (await db.keys.findExpiring(input)).items.map(({ name }) => name)

  test('the soonest come first; those that end later or never are left out', async () => {
    const { ownerId } = await ownerWith(['10d', '3d', undefined, '15d', '14d'])
    expect(await names({ within: '14d', ownerId })).toEqual(['1', '0', '4'])
    expect(await names({ within: '1d', ownerId })).toEqual([])
    expect(await names({ within: '14d' })).toEqual(expect.arrayContaining(['1', '0', '4']))
  })

  test('keys that are over, revoked, or rotated already are left out; a successor is not', async () => {
    const { ownerId, ids } = await ownerWith(['1d', '3d', '4d', '5d'])
    clock.pass(2 * day)
    await db.keys.revoke(ids[1] ?? '')
    const { apiKey } = await db.keys.rotate(ids[2] ?? '', { grace: '1d', expiresIn: '6d' })
    await db.keys.update(apiKey.id, { name: 'successor' })
    expect(await names({ within: '7d', ownerId })).toEqual(['3', 'successor'])
  })

  test('pages are full, also where many were rotated, and no key is missing or twice', async () => {
    const { ownerId, ids } = await ownerWith(Array.from({ length: 12 }, () => '5d'))
    for (const id of ids.slice(0, 5)) await db.keys.rotate(id, { grace: '5d', expiresIn: '90d' })
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page = await db.keys.findExpiring({ within: '7d', ownerId, limit: 3, ...(cursor !== null && { cursor }) })
      expect(page.items.length).toBe(Math.min(3, 7 - seen.length))
      seen.push(...page.items.map(({ name }) => name))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(seen.sort()).toEqual(['10', '11', '5', '6', '7', '8', '9'])
  })

  test.each([
    [{}, 'within'],
    [{ within: 14 }, 'within'],
    [{ within: '14 days' }, 'within'],
    [{ within: '14d', limit: 1_000 }, 'limit'],
    [{ within: '14d', cursor: '{}' }, 'cursor'],
    [{ within: '14d', ownerId: {} }, 'ownerId'],
    [{ within: '14d', owner: 'x' }, 'owner']
  ])('findExpiring(%j) is refused', async (input, field) => {
    const wrong = input as unknown as FindExpiringInput
    await expect(db.keys.findExpiring(wrong)).rejects.toMatchObject({ code: 'invalid_argument', field })
  })
})
