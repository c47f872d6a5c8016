/** Run with --expose-gc by test/memory.test.ts: how much memory the keys take that a process remembers. */
import { createApiKeys } from 'keystile'
import { momentNow } from '../../src/clock.js'
import { internalsOf } from '../../src/create-api-keys.js'
import { hashToken } from '../../src/hash.js'
import { insertOwner, issueKeys } from './key-ring.js'
import { migrate } from './migrate.js'
import { openSql } from './sql.js'

const [, , url = '', given = '0'] = process.argv
const count = Number(given)
await migrate(url)
const sql = await openSql(url)
const issued = await issueKeys(sql, await insertOwner(sql), count)
// Each of an owner of its own, which takes most.
const rows = "'of ' || id, id || '@example.com', 'somebody', updated_at FROM api_keys"
await sql.query(`INSERT INTO users (id, email, name, updated_at) SELECT ${rows}`)
await sql.query("UPDATE api_keys SET user_id = 'of ' || id")
await sql.close()
const tokens = issued.map(({ token }) => token)

const keys = createApiKeys({ url, cache: { maxKeys: count + 1_000 }, deadlineMs: 20_000 })
const { cache, usage } = internalsOf(keys)
const verify = async (some: readonly string[]) => {
  for (let i = 0; i < some.length; i += 250) {
    await Promise.all(some.slice(i, i + 250).map((token) => keys.verify(token, { ip: '203.0.113.7' })))
    await new Promise(setImmediate)
  }
}
const heapUsed = async () => {
  await usage.flush()
  // Prisma remembers its last hundred statements with all their values: they are small ones, then.
  for (let i = 0; i < 100; i++) await keys.findOwner('nobody@example.com')
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    global.gc?.()
  }
  return process.memoryUsage().heapUsed
}

// All code is compiled before the first look, and the feed is there: it begins by emptying the cache.
const first = tokens.slice(0, count / 5)
while (keys.health().cache !== 'fresh') await verify(first)
await verify(first)
const before = await heapUsed()
await verify(tokens.slice(first.length))
const grown = (await heapUsed()) - before
const remembered = tokens.filter((token) => cache?.get(hashToken(token), momentNow())).length
console.log(JSON.stringify({ bytesPerKey: Math.round(grown / (count - first.length)), remembered }))
process.exit()
