/** A cache that is full forgets what was unused for longest: counted are the look-ups through an app's own client. */
import { createApiKeys } from 'keystile'
import { expect, test } from 'vitest'
import { databases } from './helpers/databases.js'
import { afterwards, insertOwner, issueKeys, migrated } from './helpers/key-ring.js'
import { openSql } from './helpers/sql.js'
import { until } from './helpers/until.js'
import { watchedLookups } from './helpers/watched-lookups.js'

const maxKeys = 8

test.each(databases)('on $name, the key that goes is the one that was used before all others', async (database) => {
  const url = await migrated(database)
  const sql = await openSql(url)
  const { prisma, seen } = watchedLookups(url)
  const keys = createApiKeys({ prisma, feedUrl: url, cache: { maxKeys }, deadlineMs: 20_000 })
  afterwards(() => sql.close())
  afterwards(() => keys.close({ timeoutMs: 500 }))
  const tokens = (await issueKeys(sql, await insertOwner(sql), maxKeys + 1)).map(({ token }) => token)
  const isLookedUp = async (index: number) => {
    const before = seen.lookups
    await keys.verify(tokens[index] ?? '')
    return seen.lookups > before
  }
  await until(async () => {
    await isLookedUp(maxKeys - 1)
    return keys.health().cache === 'fresh'
  })
  for (let index = 0; index < maxKeys; index++) await isLookedUp(index)
  expect(await isLookedUp(0)).toBe(false)

  expect(await isLookedUp(maxKeys)).toBe(true)
  expect(await isLookedUp(0)).toBe(false)
  expect(await isLookedUp(1)).toBe(true)
})
