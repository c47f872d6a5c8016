/** Run by test/faults/flood-memory.test.ts: asks for unknown keys, with a good one in between. */
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { createApiKeys } from 'keystile'
import { PrismaClient } from '../../src/generated/sqlite/client.js'
import { createToken } from '../../src/token.js'

const [, , url = '', count = '0'] = process.argv
const own = createApiKeys({ url })
const { owner } = await own.ensureOwner({ email: 'ada@example.com' })
const { token } = await own.create({ ownerId: owner.id, name: 'good' })
await own.close()

let out = 0
let queriesAtOnce = 0
const client = new PrismaClient({ adapter: new PrismaLibSql({ url, timeout: 50 }) })
const prisma = client.$extends({
  query: {
    apiKey: {
      async findMany({ args, query }) {
        queriesAtOnce = Math.max(queriesAtOnce, ++out)
        try {
          return await query(args)
        } finally {
          out--
        }
      }
    }
  }
})
const keys = createApiKeys({ prisma, feedUrl: url, deadlineMs: 20_000 })
const isIn = (some: string) =>
  keys.verify(some).then(
    () => true,
    () => false
  )
const memory = () => {
  global.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}

let goodRefused = 0
let asked = 0
const askFor = async (more: number) => {
  for (const endAt = asked + more; asked < endAt; asked += 500) {
    const unknown = Array.from({ length: 500 }, () => isIn(createToken('sk_')))
    if (!(await isIn(token))) goodRefused++
    if ((await Promise.all(unknown)).includes(true)) throw new Error('An unknown key was let in.')
    // SQLite answers without a turn of the event loop; requests come in with one.
    await new Promise(setImmediate)
  }
}

// The unknown hashes that are remembered for a second, and all code, are there before the first look.
await askFor(Math.min(20_000, Number(count) / 2))
const before = memory()
await askFor(Number(count) - asked)
const grownMb = memory() - before
console.log(JSON.stringify({ asked, grownMb, queriesAtOnce, goodRefused, health: keys.health() }))
process.exit()
