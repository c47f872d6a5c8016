/** The rest of the app holds every connection of its pool: requests get their 503 in time, and authentication takes little. */

import { setTimeout as sleep } from 'node:timers/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import { createApiKeys } from 'keystile'
import { expect, test } from 'vitest'
import { PrismaClient } from '../../src/generated/postgresql/client.js'
import { createToken } from '../../src/token.js'
import { freshPostgres } from '../helpers/databases.js'
import { afterwards, insertOwner, issueKeys, migrated } from '../helpers/key-ring.js'
import { measured, rounds } from '../helpers/rounds.js'
import { openSql } from '../helpers/sql.js'
import { until } from '../helpers/until.js'

async function smallPool(deadlineMs: number) {
  const url = await migrated({ name: 'PostgreSQL', provider: 'postgresql', fresh: freshPostgres })
  const sql = await openSql(url)
  const client = new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 2 }) })
  let out = 0
  let most = 0
  const prisma = client.$extends({
    query: {
      async $allOperations({ args, query }) {
        most = Math.max(most, ++out)
        try {
          return await query(args)
        } finally {
          out--
        }
      }
    }
  })
  const keys = createApiKeys({ prisma, deadlineMs })
  afterwards(() => sql.close())
  afterwards(() => client.$disconnect())
  afterwards(() => keys.close({ timeoutMs: 500 }))
  const [key] = await issueKeys(sql, await insertOwner(sql), 1)
  // Prisma asks nothing before somebody waits for it.
  const hold = (seconds: number) =>
    Promise.all([1, 2].map(() => client.$executeRawUnsafe(`SELECT pg_sleep(${seconds})`).then(() => {})))
  const ask = async (token = key?.token ?? '') => {
    const askedAt = performance.now()
    const code = await keys.verify(token).then(
      () => 'in',
      (error: { code: string }) => error.code
    )
    return { code, tookMs: performance.now() - askedAt }
  }
  return { hold, ask, out: () => out, most: () => most }
}

const deadlineMs = 1_000

test('503 after the deadline, at most two look-ups and a flush at once, and 200 when there is room', async () => {
  const { hold, ask, most } = await smallPool(deadlineMs)
  expect((await ask()).code).toBe('in')
  const held = hold(3)
  await sleep(200)
  const answers = await Promise.all(Array.from({ length: 500 }, () => ask(createToken('sk_'))))
  expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['unavailable']))
  const times = answers.map(({ tookMs }) => tookMs)
  expect(Math.min(...times)).toBeGreaterThan(deadlineMs - 50)
  expect(Math.max(...times)).toBeLessThan(deadlineMs + 600)
  expect(most()).toBeLessThanOrEqual(3)
  await held
  await until(async () => (await ask()).code === 'in')
})

test('taken for much longer than the deadline: what was given up stays few, and 200 within 1 s of room', {
  timeout: 60_000
}, async () => {
  const { hold, ask, most } = await smallPool(300)
  expect((await ask()).code).toBe('in')
  const held = hold(rounds(2.5, 30)).then(() => performance.now())
  await sleep(200)
  const codes = new Set<string>()
  const slow: number[] = []
  let inAt: number | undefined
  const stopAt = performance.now() + rounds(4_500, 32_000)
  while (inAt === undefined && performance.now() < stopAt) {
    void ask(createToken('sk_')).then(({ code, tookMs }) => {
      codes.add(code)
      slow.push(tookMs)
    })
    void ask().then(({ code }) => {
      if (code === 'in') inAt ??= performance.now()
    })
    await sleep(10)
  }
  const roomAt = await held
  expect((inAt ?? Number.POSITIVE_INFINITY) - roomAt).toBeLessThan(1_000)
  expect(codes.has('unknown_key')).toBe(false)
  expect(Math.max(...slow)).toBeLessThan(300 + 600)
  measured({ most: most(), recoveredMs: (inAt ?? Number.NaN) - roomAt })
  expect(most()).toBeLessThanOrEqual(2 + 1 + 8 + rounds(0, 5))
})
