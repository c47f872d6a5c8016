/** The rest of the app holds every connection of its pool: requests get their 503 in time, and authentication takes little. */

import { setTimeout as sleep } from 'node:timers/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import { createApiKeys } from 'keystile'
import { expect, test } from 'vitest'
import { PrismaClient } from '../../src/generated/postgresql/client.js'
import { createToken } from '../../src/token.js'
import { freshPostgres } from '../helpers/databases.js'
import { afterwards, insertOwner, issueKeys, migrated } from '../helpers/key-ring.js'
import { openSql } from '../helpers/sql.js'
import { until } from '../helpers/until.js'

const deadlineMs = 1_000

async function smallPool() {
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
  const ask = async (token = key?.token ?? '') => {
    const askedAt = performance.now()
    const code = await keys.verify(token).then(
      () => 'in',
      (error: { code: string }) => error.code
    )
    return { code, tookMs: performance.now() - askedAt }
  }
  return { client, ask, most: () => most }
}

test('503 after the deadline, at most two look-ups and a flush at once, and 200 when there is room', async () => {
  const { client, ask, most } = await smallPool()
  expect((await ask()).code).toBe('in')
  // Prisma asks nothing before somebody waits for it.
  const held = [1, 2].map(() => client.$executeRaw`SELECT pg_sleep(3)`.then(() => {}))
  await sleep(200)
  const answers = await Promise.all(Array.from({ length: 500 }, () => ask(createToken('sk_'))))
  expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['unavailable']))
  const times = answers.map(({ tookMs }) => tookMs)
  expect(Math.min(...times)).toBeGreaterThan(deadlineMs - 50)
  expect(Math.max(...times)).toBeLessThan(deadlineMs + 600)
  expect(most()).toBeLessThanOrEqual(3)
  await Promise.all(held)
  await until(async () => (await ask()).code === 'in')
})
