/** What else may be remembered of a key than its own record: by another instance, under another hash, or on its way. */
import { type ApiKeys, createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { hashToken } from '../../src/hash.js'
import { createToken } from '../../src/token.js'
import { databases } from '../helpers/databases.js'
import { afterwards, insertOwner, issueKeys, migrated, usageCounts } from '../helpers/key-ring.js'
import { openSql } from '../helpers/sql.js'
import { until } from '../helpers/until.js'
import { userClient } from '../helpers/user-client.js'

interface Query {
  readonly args: unknown
  query(args: unknown): Promise<unknown>
}

const verdict = (keys: ApiKeys, token: string) =>
  keys.verify(token).then(
    () => 'in',
    ({ reason, code }: { reason?: string; code: string }) => reason ?? code
  )

describe.each(databases)('on $name', (database) => {
  async function remembering(count = 1) {
    const url = await migrated(database)
    const sql = await openSql(url)
    afterwards(() => sql.close())
    const [key = { id: '', token: '' }] = await issueKeys(sql, await insertOwner(sql), 1)
    const instances = Array.from({ length: count }, () => createApiKeys({ url, deadlineMs: 20_000 }))
    for (const keys of instances) {
      afterwards(() => keys.close({ timeoutMs: 500 }))
      await until(async () => (await verdict(keys, key.token)) === 'in' && keys.health().cache === 'fresh')
      expect(await verdict(keys, key.token)).toBe('in')
    }
    return { sql, key, instances, keys: instances[0] as ApiKeys }
  }

  test('a revocation holds at once in all instances of the process that share a feed', async () => {
    const { key, instances, keys } = await remembering(3)
    await keys.revoke(key.id)
    expect(await Promise.all(instances.map((each) => verdict(each, key.token)))).toEqual(Array(3).fill('revoked'))
  })

  test('a hash that was replaced is forgotten, though the new one was looked up before that was told', async () => {
    const { sql, key, keys } = await remembering()
    const token = createToken('sk_')
    await sql.query('UPDATE api_keys SET key_hash = ? WHERE id = ?', hashToken(token), key.id)
    expect(await verdict(keys, token)).toBe('in')
    await until(async () => (await verdict(keys, key.token)) === 'unknown')
    await keys.revoke(key.id)
    expect([await verdict(keys, token), await verdict(keys, key.token)]).toEqual(['revoked', 'unknown'])
  })

  test('a hash that no key had is looked up again once a key has it', async () => {
    const { sql, key, keys } = await remembering()
    const token = createToken('sk_')
    expect(await verdict(keys, token)).toBe('unknown')
    const startedAt = performance.now()
    await sql.query('UPDATE api_keys SET key_hash = ? WHERE id = ?', hashToken(token), key.id)
    await until(async () => (await verdict(keys, token)) === 'in')
    expect(performance.now() - startedAt).toBeLessThan(700)
  })

  test('who was told that the database is late is not let in afterwards', async () => {
    const url = await migrated(database)
    const sql = await openSql(url)
    const client = userClient(url)
    const held: (() => void)[] = []
    let holding = true
    const hold = async ({ args, query }: Query) => {
      const answer = await query(args)
      if (holding) await new Promise<void>((resolve) => held.push(resolve))
      return answer
    }
    const prisma = client.$extends({ query: { apiKey: { findUnique: hold, findMany: hold } } })
    const keys = createApiKeys({ prisma, cache: false, deadlineMs: 1_000, flushIntervalMs: 10 })
    afterwards(() => sql.close())
    afterwards(() => client.$disconnect())
    afterwards(() => keys.close({ timeoutMs: 500 }))
    const issued = await issueKeys(sql, await insertOwner(sql), 1)
    const [{ id, token } = { id: '', token: '' }] = issued
    // Two are out, the third waits its turn; the change sends the first two back to wait with it.
    const early = [verdict(keys, token)]
    await until(() => held.length === 1)
    early.push(verdict(keys, token))
    await until(() => held.length === 2)
    await new Promise((resolve) => setTimeout(resolve, 500))
    const third = verdict(keys, token)
    holding = false
    await keys.update(id, { name: 'renamed' })
    holding = true
    for (const release of held.splice(0)) release()
    expect(await Promise.all(early)).toEqual(['unavailable', 'unavailable'].map(() => 'database_unavailable'))
    holding = false
    for (const release of held.splice(0)) release()
    expect(await third).toBe('in')
    await keys.close()
    expect(await usageCounts(sql, issued)).toEqual([1])
  })
})
