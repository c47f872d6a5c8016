/**
 * SQLite: adapters write times as text or as numbers, as they are set, and two programs on one file may be set differently.
 * What is new must not count as old, nor a page lead to itself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { embeddedKeys } from '../helpers/embedded-keys.js'
import { day, hour } from '../helpers/manual-clock.js'

const thisHour = () => Math.floor(Date.now() / hour) * hour
const insertHour = 'INSERT INTO api_key_usage (api_key_id, hour, allowed, denied) VALUES (?, ?, ?, 0)'

/** Reads all pages, or as many as there can be. */
async function allPages(
  read: (cursor?: string) => Promise<{ items: readonly { id: unknown }[]; nextCursor: string | null }>
) {
  const ids: string[] = []
  let cursor: string | null | undefined
  for (let page = 0; page < 20 && cursor !== null; page++) {
    const found = await read(cursor)
    ids.push(...found.items.map(({ id }) => String(id)))
    cursor = found.nextCursor
  }
  return ids.sort()
}

test('prune leaves fresh events and hours that are numbers, and removes old ones of either form', async () => {
  const { keys, issue, sql } = await embeddedKeys()
  const [fresh, old] = [(await issue()).apiKey, (await issue()).apiKey]
  await sql('UPDATE api_key_events SET created_at = ? WHERE api_key_id = ?', Date.now(), String(fresh.id))
  await sql('UPDATE api_key_events SET created_at = ? WHERE api_key_id = ?', Date.now() - 401 * day, String(old.id))
  await sql(insertHour, String(fresh.id), thisHour(), 5)
  await sql(insertHour, String(old.id), thisHour() - 91 * day, 5)
  await sql(insertHour, String(old.id), new Date(thisHour() - 92 * day).toISOString(), 5)
  expect(await keys.prune()).toEqual({ deleted: 0, deletedEvents: 1, deletedHours: 2 })
  expect((await keys.events()).items.map(({ apiKeyId }) => apiKeyId)).toEqual([fresh.id])
})

test('usage adds an hour up that is there in both forms', async () => {
  const { keys, issue, sql } = await embeddedKeys()
  const { id } = (await issue()).apiKey
  await sql(insertHour, String(id), thisHour(), 5)
  await sql(insertHour, String(id), new Date(thisHour()).toISOString(), 3)
  expect(await keys.usage(id, { by: 'hour' })).toMatchObject({ allowed: 8 })
})

test('events of both forms are all on the pages, each once', async () => {
  const { keys, issue, sql } = await embeddedKeys()
  for (let i = 0; i < 8; i++) await issue()
  await sql('UPDATE api_key_events SET created_at = ? WHERE rowid % 2 = 0', Date.now())
  const all = (await keys.events()).items.map(({ id }) => id).sort()
  expect(await allPages((cursor) => keys.events({ limit: 3, ...(cursor && { cursor }) }))).toEqual(all)
})

test('keys that expire at one time, in another form of it, are all on the pages', async () => {
  const { keys, issue, sql } = await embeddedKeys()
  const rotated = await Promise.all([1, 2, 3].map(() => issue({ expiresIn: '50d' })))
  for (const { apiKey } of rotated) await keys.rotate(apiKey.id, { grace: '5d' })
  const ids = (await Promise.all([1, 2, 3].map(() => issue({ expiresIn: '5d' })))).map(({ apiKey }) =>
    String(apiKey.id)
  )
  await sql('UPDATE api_keys SET expires_at = ?', new Date(Date.now() + 5 * day).toISOString())
  await sql('UPDATE api_keys SET expires_at = NULL WHERE rotated_from_id IS NOT NULL')
  const pages = allPages((cursor) => keys.findExpiring({ within: '14d', limit: 2, ...(cursor && { cursor }) }))
  expect(await Promise.race([pages, sleep(5_000, 'never ends')])).toEqual(ids.sort())
})
