/** Somebody moves the clock of a running process by an hour: no expired key gets in, and remembering goes on. */
import { createApiKeys } from 'keystile'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { databases } from '../helpers/databases.js'
import { afterwards, insertOwner, issueKeys, migrated } from '../helpers/key-ring.js'
import { openSql } from '../helpers/sql.js'
import { until } from '../helpers/until.js'

const hour = 3_600_000
const wallClock = Date.now.bind(Date)

afterEach(() => {
  vi.restoreAllMocks()
})

const moveBy = (ms: number) => vi.spyOn(Date, 'now').mockImplementation(() => wallClock() + ms)

describe.each(databases)('on $name', (database) => {
  async function remembering() {
    const url = await migrated(database)
    const sql = await openSql(url)
    const keys = createApiKeys({ url, deadlineMs: 20_000 })
    afterwards(() => sql.close())
    afterwards(() => keys.close({ timeoutMs: 500 }))
    const [lasting, brief, long] = await issueKeys(sql, await insertOwner(sql), 3)
    const expire = (id: string | undefined, atMs: number) =>
      sql.query('UPDATE api_keys SET expires_at = ? WHERE id = ?', new Date(atMs).toISOString(), id ?? null)
    await expire(brief?.id, wallClock() + 1_500)
    await expire(long?.id, wallClock() + hour / 2)
    const isIn = (key: typeof lasting) =>
      keys.verify(key?.token ?? '').then(
        () => true,
        () => false
      )
    const fresh = () => until(async () => (await isIn(lasting)) && keys.health().cache === 'fresh')
    await fresh()
    for (const key of [lasting, brief, long]) expect(await isIn(key)).toBe(true)
    return { keys, isIn, fresh, lasting, brief, long }
  }

  test('back: a key ends when it would have ended', { timeout: 30_000 }, async () => {
    const { isIn, fresh, lasting, brief, long } = await remembering()
    moveBy(-hour)
    await fresh()
    expect(await isIn(long)).toBe(true)
    await until(async () => !(await isIn(brief)))
    vi.restoreAllMocks()
    expect(await isIn(brief)).toBe(false)
    await fresh()
    expect([await isIn(lasting), await isIn(long)]).toEqual([true, true])
  })

  test('forth: keys end that expire within the hour, and others go on', { timeout: 30_000 }, async () => {
    const { isIn, fresh, lasting, brief, long } = await remembering()
    moveBy(hour)
    expect([await isIn(lasting), await isIn(brief), await isIn(long)]).toEqual([true, false, false])
    await fresh()
    moveBy(0)
    await fresh()
    expect(await isIn(lasting)).toBe(true)
  })
})
