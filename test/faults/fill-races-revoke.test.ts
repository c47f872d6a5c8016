/** A look-up that is out while its key is revoked elsewhere neither lets anyone in, nor is remembered. */
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { afterwards, insertOwner, issueKeys, migrated } from '../helpers/key-ring.js'
import { rounds } from '../helpers/rounds.js'
import { openSql } from '../helpers/sql.js'
import { until } from '../helpers/until.js'
import { userClient, withHeldLookups } from '../helpers/user-client.js'

const keyCount = rounds(500, 5_000)
/** Each key is asked for twice: by who started the look-up, and by one who joined it. */
const asking = 2

describe.each(databases)('on $name', (database) => {
  test(`${asking * keyCount} requests, none let in by a key that was revoked before its answer came`, {
    timeout: 120_000
  }, async () => {
    const url = await migrated(database)
    const sql = await openSql(url)
    let held: Promise<unknown> | undefined
    const client = userClient(url)
    const prisma = withHeldLookups(client, () => held)
    const keys = createApiKeys({ prisma, feedUrl: url, deadlineMs: 60_000, cache: { maxKeys: 100_000 } })
    afterwards(() => sql.close())
    afterwards(() => client.$disconnect())
    afterwards(() => keys.close({ timeoutMs: 500 }))
    const [warm, ...issued] = await issueKeys(sql, await insertOwner(sql), keyCount + 1)
    const isIn = (token: string) =>
      keys.verify(token).then(
        () => true,
        () => false
      )
    await until(async () => (await isIn(warm?.token ?? '')) && keys.health().cache === 'fresh')
    let accepted = 0
    for (let i = 0; i < issued.length; i += 100) {
      const some = issued.slice(i, i + 100)
      let release = () => {}
      held = new Promise<void>((resolve) => {
        release = resolve
      })
      const answers = some.flatMap(({ token }) => [isIn(token), isIn(token)])
      // The rows have been read, and wait.
      await new Promise((resolve) => setTimeout(resolve, 60))
      const list = some.map(({ id }) => `'${id}'`).join(', ')
      await sql.query(`UPDATE api_keys SET is_active = FALSE WHERE id IN (${list})`)
      // The feed has its time to tell.
      await new Promise((resolve) => setTimeout(resolve, database.provider === 'sqlite' ? 350 : 120))
      held = undefined
      release()
      accepted += (await Promise.all(answers)).filter(Boolean).length
      accepted += (await Promise.all(some.map(({ token }) => isIn(token)))).filter(Boolean).length
    }
    expect(accepted).toBe(0)
    expect(await isIn(warm?.token ?? '')).toBe(true)
  })
})
