/** What the counting writes into a key's row, batch by batch. */
import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Client } from '../../src/prisma-store/client.js'
import { createPrismaStore } from '../../src/prisma-store/index.js'
import { inspectClient } from '../../src/prisma-store/inspect.js'
import type { Store, UsageEntry } from '../../src/store.js'
import { databases, type TestDatabase } from '../helpers/databases.js'
import { afterwards, type KeyRing, keyRing } from '../helpers/key-ring.js'
import { userClient } from '../helpers/user-client.js'

const noon = new Date('2026-06-01T12:00:00.123Z')
const earlier = new Date('2026-06-01T11:59:59.999Z')
const later = new Date('2026-06-01T12:00:00.124Z')

interface Setting extends KeyRing {
  readonly store: Store
  /** Writes a batch of a new instance, or of the one named. */
  write(entries: readonly UsageEntry[], seq?: number, instanceId?: string): Promise<void>
}

async function setting(database: TestDatabase): Promise<Setting> {
  const ring = await keyRing(database)
  const client = userClient(ring.url)
  afterwards(() => client.$disconnect())
  const store = createPrismaStore({
    client: client as unknown as Client,
    shape: inspectClient(client),
    clock: Date.now,
    own: false
  })
  return {
    ...ring,
    store,
    write: (entries, seq = 1, instanceId = randomUUID()) =>
      store.writeUsage({ instanceId, seq, now: new Date(), entries })
  }
}

const uses = (
  { id }: { readonly id: string },
  count: number,
  lastUsedAt = noon,
  lastUsedIp: string | null = '192.0.2.1'
): UsageEntry => ({ apiKeyId: id, count, lastUsedAtMs: lastUsedAt.getTime(), lastUsedIp, hours: [] })

describe.each(databases)('on $name', (database) => {
  test('a batch adds to the count and sets the last time and address', async () => {
    const { keys, issue, write } = await setting(database)
    const [key] = await issue(1)
    if (!key) throw new Error('no key')
    await write([uses(key, 3)])
    await write([uses(key, 4, later, '192.0.2.2')])
    expect(await keys.get(key.id)).toMatchObject({ usageCount: 7, lastUsedAt: later, lastUsedIp: '192.0.2.2' })
  })

  test('an older batch adds to the count and sets back neither the time nor the address', async () => {
    const { keys, issue, write } = await setting(database)
    const [key] = await issue(1)
    if (!key) throw new Error('no key')
    await write([uses(key, 1)])
    await write([uses(key, 1, earlier, '192.0.2.9')])
    expect(await keys.get(key.id)).toMatchObject({ usageCount: 2, lastUsedAt: noon, lastUsedIp: '192.0.2.1' })
  })

  test('a later use from an unknown address clears the address', async () => {
    const { keys, issue, write } = await setting(database)
    const [key] = await issue(1)
    if (!key) throw new Error('no key')
    await write([uses(key, 1)])
    await write([uses(key, 1, later, null)])
    expect(await keys.get(key.id)).toMatchObject({ lastUsedAt: later, lastUsedIp: null })
  })

  test('no column but those of usage changes, updated_at least of all', async () => {
    const { issue, write, sql } = await setting(database)
    const [key] = await issue(1)
    if (!key) throw new Error('no key')
    const row = async () => {
      const [{ usage_count, last_used_at, last_used_ip, ...rest } = {}] = await sql.query('SELECT * FROM api_keys')
      return { usage: [usage_count, last_used_at, last_used_ip], rest }
    }
    const before = await row()
    await write([uses(key, 1)])
    const after = await row()
    expect(after.rest).toEqual(before.rest)
    expect(after.usage).not.toEqual(before.usage)
  })

  test('a batch that is written again adds nothing', async () => {
    const { issue, write, counts } = await setting(database)
    const issued = await issue(2)
    const entries = issued.map((key) => uses(key, 5))
    await write(entries, 1, 'instance')
    await write(entries, 1, 'instance')
    expect(await counts(issued)).toEqual([5, 5])
  })

  test('a batch that arrives after its successor adds nothing', async () => {
    const { issue, write, counts } = await setting(database)
    const issued = await issue(1)
    const batch = (count: number) => issued.map((key) => uses(key, count))
    await write(batch(1), 1, 'instance')
    await write(batch(10), 2, 'instance')
    await write(batch(1), 1, 'instance')
    await write(batch(100), 3, 'instance')
    await write(batch(10), 2, 'instance')
    expect(await counts(issued)).toEqual([111])
  })

  test('the same number of another instance is another batch', async () => {
    const { issue, write, counts } = await setting(database)
    const issued = await issue(1)
    for (const instance of ['one', 'two', 'three'])
      await write(
        issued.map((key) => uses(key, 1)),
        7,
        instance
      )
    expect(await counts(issued)).toEqual([3])
  })

  test('keys that are gone are passed over', async () => {
    const { keys, issue, write, counts } = await setting(database)
    const issued = await issue(3)
    await keys.delete(issued[1]?.id ?? '')
    await write(issued.map((key) => uses(key, 2)))
    expect(await counts(issued)).toEqual([2, Number.NaN, 2])
  })

  test.each(['9223372036854775807', '9223372036854775806', '9007199254740993'])(
    'a count of %s keeps no other key from being counted',
    async (count) => {
      const { issue, write, counts, sql } = await setting(database)
      const issued = await issue(2)
      await sql.query(`UPDATE api_keys SET usage_count = ${count} WHERE id = ?`, issued[0]?.id ?? '')
      await write(issued.map((key) => uses(key, 2)))
      await write(issued.map((key) => uses(key, 2)))
      const [huge, other] = await counts(issued)
      expect(other).toBe(4)
      expect(huge).toBeGreaterThanOrEqual(Math.min(9e18, Number(count)))
    }
  )

  test('a thousand keys are written in one statement, 2,500 in pieces of 250, and all are right', async () => {
    const { keys, issue, counts, sql } = await setting(database)
    const issued = await issue(2_500)
    for (let i = 0; i < issued.length; i += 250) {
      const some = issued.slice(i, i + 250)
      await Promise.all(some.map(({ token }) => keys.verify(token, { ip: '192.0.2.7' })))
    }
    expect(await keys.close()).toEqual({ unwritten: 0 })
    expect(await counts(issued)).toEqual(issued.map(() => 1))
    const [{ seq } = {}] = await sql.query('SELECT seq FROM api_key_flushes')
    expect(Number(seq)).toBe(10)
  })
})
