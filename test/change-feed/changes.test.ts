/** What is told, on both databases: every change of state, whoever makes it, and nothing else. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { connect } from '../helpers/keys.js'
import { isLong, rounds } from '../helpers/rounds.js'
import { hear, listening, openFeed, waking } from './feeds.js'

describe.each(databases)('$name', (database) => {
  const { provider } = database
  const insertKey = (id: string, ownerId: string) =>
    `INSERT INTO api_keys (id, user_id, name, key_hash, key_prefix, updated_at)
      VALUES ('${id}', '${ownerId}', 'x', 'hash of ${id}', 'sk_', CURRENT_TIMESTAMP)`

  test('everything may have changed before the first barrier', async () => {
    const { started } = await listening(database)
    expect(started).toEqual(['*', 'barrier'])
  })

  test('plain SQL that changes a key is told', async () => {
    const { sql, keyId, ownerId, toldOf } = await listening(database)
    const columns = ['is_active = false', "revoked_at = '2026-01-01'", "scopes = '[]'", "name = 'y'", "metadata = '{}'"]
    const updated = await toldOf(async () => {
      for (const change of columns) await sql(`UPDATE api_keys SET ${change} WHERE id = ?`, keyId)
    })
    expect(updated).toEqual(columns.map(() => `k:${keyId}`))
    const others = await toldOf(async () => {
      await sql('DELETE FROM api_keys WHERE id = ?', keyId)
      await sql(insertKey('new', ownerId))
      await sql("UPDATE api_keys SET id = 'newer' WHERE id = 'new'")
    })
    expect(others).toEqual([`k:${keyId}`, 'k:new', 'i:new', 'k:new', 'k:newer'])
    await expect(sql(insertKey('newer', ownerId))).rejects.toThrow()
  })

  test('many at once are told, each by its id', async () => {
    const { sql, ownerId, toldOf } = await listening(database)
    const ids = Array.from({ length: 300 }, (_, index) => `key${index}`)
    await toldOf(async () => {
      for (const id of ids) await sql(insertKey(id, ownerId))
    })
    const told = await toldOf(() => sql("UPDATE api_keys SET is_active = false WHERE id LIKE 'key%'"))
    expect([...told].sort()).toEqual(ids.map((id) => `k:${id}`).sort())
  })

  test('plain SQL that changes an owner is told, and its keys where they go with it', async () => {
    const { sql, keyId, ownerId, toldOf } = await listening(database)
    const owner = `o:${ownerId}`
    const changes = ['is_active = false', "name = 'Bo'"]
    const updated = await toldOf(async () => {
      for (const change of changes) await sql(`UPDATE users SET ${change} WHERE id = ?`, ownerId)
      await sql('UPDATE users SET updated_at = CURRENT_TIMESTAMP WHERE id = ?', ownerId)
    })
    expect(updated).toEqual(changes.map(() => owner))
    const renamed = await toldOf(() => sql("UPDATE users SET id = 'other' WHERE id = ?", ownerId))
    expect([...renamed].sort()).toEqual([owner, 'o:other', `k:${keyId}`].sort())
    const deleted = await toldOf(() => sql("DELETE FROM users WHERE id = 'other'"))
    expect([...deleted].sort()).toEqual([`k:${keyId}`, 'o:other'])
  })

  test('what the library changes is told', async () => {
    const { keys, keyId, toldOf } = await listening(database)
    expect(await toldOf(() => keys.update(keyId, { name: 'desk' }))).toEqual([`k:${keyId}`])
    expect(await toldOf(() => keys.revoke(keyId))).toContain(`k:${keyId}`)
  })

  test('usage is silent', async () => {
    const { keys, sql, keyId, token, toldOf } = await listening(database)
    const told = await toldOf(async () => {
      await keys.verify(token)
      for (;;) {
        const [row] = await sql('SELECT usage_count FROM api_keys WHERE id = ?', keyId)
        if (Number(row?.['usage_count']) === 1) break
        await sleep(5)
      }
    })
    expect(told).toEqual([])
  })

  test('what is rolled back is not told', async () => {
    const { url, keyId, toldOf } = await listening(database)
    const { sql, close } = await connect(url)
    const told = await toldOf(async () => {
      await sql('BEGIN')
      await sql('UPDATE api_keys SET is_active = false WHERE id = ?', keyId)
      await sql('ROLLBACK')
    })
    await close()
    expect(told).toEqual([])
  })

  test('a change that was committed before a barrier was asked for is told before it', async () => {
    const { sql, keyId, heard, feed } = await listening(database)
    const committed: number[] = []
    heard.log.length = 0
    const firstBarrier = heard.barriers.length
    const traffic = setInterval(() => feed.wake(), 10)
    const endAt = performance.now() + rounds(1_500, 3_000)
    while (performance.now() < endAt) {
      await sql("UPDATE api_keys SET name = name || 'x' WHERE id = ?", keyId)
      committed.push(performance.now())
      await sleep(Math.random() * 8)
    }
    clearInterval(traffic)
    let told = 0
    let barrier = firstBarrier
    for (const entry of heard.log) {
      if (entry === `k:${keyId}`) told++
      if (entry !== 'barrier') continue
      const askedAt = heard.barriers[barrier++]?.monotonicMs ?? 0
      expect(told).toBeGreaterThanOrEqual(committed.filter((at) => at < askedAt).length)
    }
    expect(barrier - firstBarrier).toBeGreaterThan(rounds(1, 4))
    expect(committed.length).toBeGreaterThan(rounds(25, 50))
  })

  test.skipIf(!isLong)(
    'without requests there are no barriers, and with the next one they come again at once',
    async () => {
      const { heard, feed, sql, keyId } = await listening(database)
      await sleep(5_700)
      const before = heard.barriers.length
      await sleep(1_300)
      expect(heard.barriers).toHaveLength(before)
      await sql('UPDATE api_keys SET is_active = false WHERE id = ?', keyId)
      heard.log.length = 0
      const wokenAt = performance.now()
      feed.wake()
      await waking(feed, () => heard.log.includes('barrier'))
      expect(performance.now() - wokenAt).toBeLessThan(90)
      expect(heard.failures).toEqual([])
    }
  )

  test('a feed that is never woken does nothing', async () => {
    const heard = hear()
    const feed = openFeed({ url: await database.fresh(), listener: heard })
    await sleep(50)
    await feed.close()
    feed.wake()
    await sleep(50)
    await feed.close()
    expect(heard.log).toEqual([])
  })

  test('after close nothing is told', async () => {
    const { heard, feed, sql, keyId } = await listening(database)
    const closing = feed.close()
    heard.log.length = 0
    await closing
    await feed.close()
    feed.wake()
    await sql('UPDATE api_keys SET is_active = false WHERE id = ?', keyId)
    await sleep(300)
    expect(heard.log).toEqual([])
  })

  test.runIf(provider === 'postgresql')('a truncated table is told as everything', async () => {
    const { sql, toldOf } = await listening(database)
    expect(await toldOf(() => sql('TRUNCATE api_keys'))).toEqual(['*'])
    expect(await toldOf(() => sql('TRUNCATE users CASCADE'))).toEqual(['*'])
  })

  test.runIf(provider === 'sqlite')('what REPLACE INTO puts in place of a row is told', async () => {
    const { sql, keyId, ownerId, toldOf } = await listening(database)
    await sql('PRAGMA foreign_keys = OFF')
    const key = insertKey(keyId, ownerId).replace('INSERT', 'REPLACE')
    expect(await toldOf(() => sql(key))).toEqual([`k:${keyId}`, `i:${keyId}`])
    const inItsWay = insertKey('other', ownerId)
      .replace('INSERT', 'REPLACE')
      .replace('hash of other', `hash of ${keyId}`)
    expect(await toldOf(() => sql(inItsWay))).toEqual([`k:${keyId}`, 'k:other', 'i:other'])
    await toldOf(() => sql(insertKey('third', ownerId)))
    const renamed = "UPDATE OR REPLACE api_keys SET key_hash = 'hash of third' WHERE id = 'other'"
    expect(await toldOf(() => sql(renamed))).toEqual(['k:third', 'k:other'])
    const owner = `REPLACE INTO users (id, email, is_active, updated_at) VALUES ('${ownerId}', 'x', false, 0)`
    expect(await toldOf(() => sql(owner))).toEqual([`o:${ownerId}`])
    const another = owner.replace(ownerId, 'another')
    expect(await toldOf(() => sql(another))).toEqual([`o:${ownerId}`, 'o:another'])
  })
})
