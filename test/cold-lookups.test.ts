/** Keys that are not remembered, many at once: counted are the queries of an app's own client. */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { type ApiKeys, createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { createToken } from '../src/token.js'
import { databases } from './helpers/databases.js'
import { gate } from './helpers/gate.js'
import { afterwards, insertOwner, issueKeys, migrated } from './helpers/key-ring.js'
import { openSql } from './helpers/sql.js'
import { userClient } from './helpers/user-client.js'

interface Query {
  readonly args: unknown
  query(args: unknown): Promise<unknown>
}

describe.each(databases)('on $name', (database) => {
  /** An instance that remembers without a feed, and how many look-ups it asked for and had out at once. */
  async function counted() {
    const url = await migrated(database)
    const sql = await openSql(url)
    const client = userClient(url)
    const counts = { asked: 0, out: 0, mostOut: 0 }
    /** Queries do not begin before this. */
    const held = { until: Promise.resolve() }
    const count = async ({ args, query }: Query) => {
      counts.asked++
      counts.out++
      counts.mostOut = Math.max(counts.mostOut, counts.out)
      try {
        await held.until
        return await query(args)
      } finally {
        counts.out--
      }
    }
    const prisma = client.$extends({ query: { apiKey: { findUnique: count, findMany: count } } })
    const keys = createApiKeys({ prisma, cache: { staleMs: 60_000 }, deadlineMs: 20_000 })
    afterwards(() => sql.close())
    afterwards(() => client.$disconnect())
    afterwards(() => keys.close({ timeoutMs: 500 }))
    return { keys, counts, held, sql, issue: async (n: number) => issueKeys(sql, await insertOwner(sql), n) }
  }

  const codes = async (keys: ApiKeys, tokens: readonly string[]) => {
    const answers = await Promise.all(
      tokens.map((token) =>
        keys.verify(token).then(
          () => 'in',
          (error: { code: string }) => error.code
        )
      )
    )
    return Object.fromEntries(
      [...new Set(answers)].map((code) => [code, answers.filter((each) => each === code).length])
    )
  }

  test('10,000 requests for one key at once are one query', async () => {
    const { keys, counts, issue } = await counted()
    const [{ token } = { token: '' }] = await issue(1)
    expect(await codes(keys, Array(10_000).fill(token))).toEqual({ in: 10_000 })
    expect(counts.asked).toBe(1)
  })

  test('10,000 unknown keys at once are at most 100 queries, two at a time; again within a second, none', async () => {
    const { keys, counts } = await counted()
    const tokens = Array.from({ length: 10_000 }, () => createToken('sk_'))
    expect(await codes(keys, tokens)).toEqual({ invalid_token: 10_000 })
    expect(counts.asked).toBeLessThanOrEqual(100)
    expect(counts.mostOut).toBe(2)
    const some = tokens.slice(-100)
    const asked = counts.asked
    await codes(keys, some)
    expect(counts.asked).toBe(asked)
  })

  test('what comes while a query is out goes in the next, all together', async () => {
    const { keys, counts, held } = await counted()
    await codes(keys, [createToken('sk_')])
    // On a machine that stands still meanwhile the second query does not wait for the first: that is another test's.
    for (let tookMs = Number.POSITIVE_INFINITY; tookMs > 8; ) {
      const answers = gate()
      held.until = answers.passed
      const before = counts.asked
      const from = performance.now()
      const verdicts = [codes(keys, [createToken('sk_')])]
      while (counts.out === 0) await nextTurn()
      for (let i = 0; i < 20; i++) {
        verdicts.push(codes(keys, [createToken('sk_')]))
        await nextTurn()
      }
      const asked = counts.asked - before
      tookMs = performance.now() - from
      answers.open()
      await Promise.all(verdicts)
      if (tookMs <= 8) expect([asked, counts.asked - before]).toEqual([1, 2])
    }
  })

  test('a key passes a query that is slow, and of two slow ones a third query waits', async () => {
    const { keys, counts, held, issue } = await counted()
    const [{ token } = { token: '' }] = await issue(1)
    await codes(keys, [createToken('sk_')])
    const answers = gate()
    held.until = answers.passed
    const slow = codes(keys, [createToken('sk_')])
    while (counts.out === 0) await nextTurn()
    held.until = Promise.resolve()
    expect(await codes(keys, [token])).toEqual({ in: 1 })
    held.until = answers.passed
    const others = [codes(keys, [createToken('sk_')])]
    while (counts.out === 1) await nextTurn()
    others.push(codes(keys, [createToken('sk_')]))
    await sleep(50)
    expect(counts.mostOut).toBe(2)
    answers.open()
    expect(await Promise.all([slow, ...others])).toEqual(Array(3).fill({ invalid_token: 1 }))
  })

  test('among many, each gets the answer for its own key, though one row is damaged', async () => {
    const { keys, issue, sql } = await counted()
    const issued = await issue(600)
    await sql.query("UPDATE api_keys SET scopes = '{' WHERE id = ?", issued[7]?.id ?? '')
    if (database.provider === 'sqlite')
      await sql.query("UPDATE api_keys SET is_active = 'yes' WHERE id = ?", issued[300]?.id ?? '')
    const found = await Promise.allSettled(issued.map(({ token }) => keys.verify(token)))
    const ids = found.map((each) => (each.status === 'fulfilled' ? each.value.apiKey.id : 'refused'))
    const damaged = database.provider === 'sqlite' ? [300] : []
    expect(ids).toEqual(issued.map(({ id }, i) => (damaged.includes(i) ? 'refused' : id)))
  })

  test('a key that is made after it was unknown is known within a second', async () => {
    const { keys, issue } = await counted()
    expect(await codes(keys, [createToken('sk_')])).toEqual({ invalid_token: 1 })
    const [{ token } = { token: '' }] = await issue(1)
    expect(await codes(keys, [token])).toEqual({ in: 1 })
  })

  test('what a handler does to the Dates of a key changes nothing for the next request', async () => {
    const { keys, issue } = await counted()
    const [{ token } = { token: '' }] = await issue(1)
    const { apiKey } = await keys.verify(token)
    apiKey.createdAt.setTime(0)
    expect((await keys.verify(token)).apiKey.createdAt.toISOString()).toBe('2026-01-01T00:00:00.000Z')
  })
})
