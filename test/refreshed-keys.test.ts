/** Keys in steady use are read again before they are too old, many at a time: counted are the queries of an app's own client. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { databases } from './helpers/databases.js'
import { rounds } from './helpers/rounds.js'
import type { openSql } from './helpers/sql.js'
import { until } from './helpers/until.js'
import { watchedKeys } from './helpers/watched-lookups.js'

const keyCount = 150
const maxAgeMs = rounds(1_000, 2_000)

describe.each(databases)('on $name', (database) => {
  async function scene(maxAgeMs: number) {
    const { sql, keys, seen, issued } = await watchedKeys(database, keyCount, { maxAgeMs })
    const useAll = () => Promise.all(issued.map(({ token }) => keys.verify(token)))
    await until(async () => {
      await useAll()
      return keys.health().cache === 'fresh'
    })
    await useAll()
    return { sql, keys, seen, issued, useAll }
  }

  test('150 keys through three of their ages take a few queries, not one for each', { timeout: 30_000 }, async () => {
    const { keys, seen, issued } = await scene(maxAgeMs)
    seen.lookups = 0
    const endsAt = performance.now() + 3 * maxAgeMs
    let wasLost = false
    while (performance.now() < endsAt) {
      // One after the other: what is looked up together would travel together in any case.
      for (const { token } of issued) await keys.verify(token)
      wasLost ||= keys.health().cache !== 'fresh'
      await sleep(50)
    }
    expect(seen.lookups).toBeGreaterThan(0)
    // On a machine that stands still for a lease, all are looked up by the requests themselves.
    if (!wasLost) expect(seen.lookups).toBeLessThanOrEqual(keyCount / 2)
  })

  test('a request waits for no such reading, and a key that is revoked meanwhile stays revoked', async () => {
    const { keys, seen, issued, useAll } = await scene(3 * maxAgeMs)
    const [key] = issued
    if (!key) throw new Error('no key')
    let release = () => {}
    seen.lookups = 0
    seen.hold = new Promise<void>((resolve) => {
      release = resolve
    })
    // Their rows are read, and what was read is held back.
    await until(async () => {
      await useAll()
      return seen.lookups > 0
    })
    await useAll()
    await keys.revoke(key.id)
    const asked = keys.verify(key.token)
    release()
    await expect(asked).rejects.toMatchObject({ code: 'invalid_token' })
    await sleep(100)
    await expect(keys.verify(key.token)).rejects.toMatchObject({ code: 'invalid_token' })
  })

  test('a key that is refused since its row names another kind of hash stays refused', async () => {
    const { sql, keys, issued } = await scene(1_000)
    for (const [index, hashAlg] of ['hmac', 'bcrypt', 'sha512'].entries()) {
      await sql.query('UPDATE api_keys SET hash_alg = ? WHERE id = ?', hashAlg, issued[index]?.id ?? '')
    }
    const codeOf = ({ token }: { readonly token: string }) =>
      keys.verify(token).then(
        () => 'in',
        (error: { code: string }) => error.code
      )
    const codes = async () => new Set(await Promise.all(issued.slice(0, 3).map(codeOf)))
    const isRefused = async () => (await codes()).has('in') === false
    await until(isRefused)
    for (const endsAt = performance.now() + 2_500; performance.now() < endsAt; await sleep(20)) {
      expect(await codes()).toEqual(new Set(['invalid_token']))
    }
  })

  test('a key whose row is gone without a word is refused when its record is read again', async () => {
    const { sql, keys, issued, useAll } = await scene(maxAgeMs)
    const [key] = issued
    if (!key) throw new Error('no key')
    if (database.provider === 'sqlite')
      for (const name of await triggersOf(sql)) await sql.query(`DROP TRIGGER ${name}`)
    else await sql.query('ALTER TABLE api_keys DISABLE TRIGGER USER')
    await sql.query('DELETE FROM api_keys WHERE id = ?', key.id)
    const goneAt = performance.now()
    await until(async () => {
      await Promise.allSettled([useAll()])
      return keys.verify(key.token).then(
        () => false,
        () => true
      )
    })
    expect(performance.now() - goneAt).toBeLessThan(maxAgeMs + 1_000)
  })
})

const triggersOf = async (sql: Awaited<ReturnType<typeof openSql>>) =>
  (await sql.query("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'api_keys'")).map((row) =>
    String(row['name'])
  )
