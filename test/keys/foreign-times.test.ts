/** Times in rows that other programs wrote into SQLite, in their own forms. */
import { beforeAll, describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { type FreshKeys, freshKeys } from '../helpers/keys.js'
import { day, manualClock } from '../helpers/manual-clock.js'

const [sqlite] = databases.filter(({ provider }) => provider === 'sqlite')
const endMs = Date.UTC(2025, 11, 17, 21, 27, 32)

const forms = [
  ['2025-12-17 21:27:32.000000', 0],
  ['2025-12-17 21:27:32', 0],
  ['2025-12-17T21:27:32Z', 0],
  ['2025-12-17T21:27:32.123456Z', 123],
  ['2025-12-17 22:27:32+01:00', 0],
  [endMs, 0]
] as const

describe('a time that another program wrote', () => {
  const clock = manualClock(endMs - 1_000)
  let db: FreshKeys
  beforeAll(async () => {
    if (!sqlite) throw new Error('no SQLite')
    db = await freshKeys(sqlite, { now: clock })
  })

  test.each(forms)('expires_at = %j is that moment, in UTC', async (form, ms) => {
    const { token, apiKey } = await db.keys.create({ ownerId: db.owner.id, name: 'imported' })
    await db.sql('UPDATE api_keys SET expires_at = ? WHERE id = ?', form, String(apiKey.id))
    expect((await db.keys.verify(token)).apiKey.expiresAt).toEqual(new Date(endMs + ms))
    expect(await db.keys.get(apiKey.id)).toMatchObject({ status: 'active', expiresAt: new Date(endMs + ms) })
  })

  test.each(forms)('prune never takes %j as sooner than it is, and a day later it is gone', async (form, ms) => {
    const { apiKey } = await db.keys.create({ ownerId: db.owner.id, name: 'imported' })
    await db.sql('UPDATE api_keys SET expires_at = ? WHERE id = ?', form, String(apiKey.id))
    const before = clock()
    await db.keys.prune({ olderThan: 0 })
    expect(await db.keys.get(apiKey.id)).not.toBeNull()
    clock.pass(day + ms)
    await db.keys.prune({ olderThan: 0 })
    expect(await db.keys.get(apiKey.id)).toBeNull()
    clock.pass(before - clock())
  })

  test('pages miss and repeat no key, whatever the form of createdAt', async () => {
    const owner = await db.newOwner()
    const values = [...forms.map(([form]) => form), 'no time', '', 0, 4e12, ...forms.map(([form]) => form)]
    for (const [i, form] of values.entries()) {
      const { apiKey } = await db.keys.create({ ownerId: owner.id, name: `${i}` })
      await db.sql('UPDATE api_keys SET created_at = ? WHERE id = ?', form, String(apiKey.id))
    }
    for (const limit of [1, 3]) {
      const seen: string[] = []
      let cursor: string | null | undefined
      while (cursor !== null && seen.length <= values.length) {
        const page = await db.keys.list({ ownerId: owner.id, limit, ...(cursor !== undefined && { cursor }) })
        seen.push(...page.items.map(({ name }) => name))
        cursor = page.nextCursor
      }
      expect(seen.sort()).toEqual(values.map((_, i) => `${i}`).sort())
    }
  })
})
