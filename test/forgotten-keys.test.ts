/** A cache that is full forgets the oldest that was not used since: counted are the look-ups through an app's own client. */
import { expect, test } from 'vitest'
import { databases } from './helpers/databases.js'
import { until } from './helpers/until.js'
import { watchedKeys } from './helpers/watched-lookups.js'

const maxKeys = 8

test.each(databases)('on $name, the key that goes is the oldest that was not used since', async (database) => {
  const { keys, seen, issued } = await watchedKeys(database, maxKeys + 1, { maxKeys })
  const tokens = issued.map(({ token }) => token)
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
