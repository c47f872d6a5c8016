/** A disk without room keeps no request out, loses no count, and makes changes fail aloud. */
import { expect, test } from 'vitest'
import { databases, type TestDatabase } from '../helpers/databases.js'
import { serve } from '../helpers/express-apps.js'
import { flood } from '../helpers/flood.js'
import { startKeyProcess } from '../helpers/key-process.js'
import {
  afterwards,
  allowedCounts,
  insertOwner,
  issueKeys,
  keyRing,
  migrated,
  usageCounts
} from '../helpers/key-ring.js'
import { plainApp } from '../helpers/plain-app.js'
import { recordEvents } from '../helpers/recorded-events.js'
import { refuseUpdates } from '../helpers/refused-writes.js'
import { openSql } from '../helpers/sql.js'
import { until } from '../helpers/until.js'

const databaseOf = (name: string) => databases.find((each) => each.provider === name) as TestDatabase
const told = { code: 'not_writable', message: expect.stringMatching(/disk|file/) }

test('on PostgreSQL', async () => {
  const events = recordEvents()
  const failures = () => events.filter(({ name }) => name === 'keystile:usage-flush-failed')
  const database = databaseOf('postgresql')
  const ring = await keyRing(database, { flushIntervalMs: 20 })
  const issued = await ring.issue(2)
  const [key] = issued
  if (!key) throw new Error('no key')
  const { port } = await serve(plainApp(ring.keys))
  const diskFull = await refuseUpdates(database, ring.sql, '53100')
  const tokens = issued.map(({ token }) => token)
  expect(await flood({ port, tokens, total: 200 })).toEqual({ 204: 200 })
  await until(() => failures().length >= 2)
  expect(failures()[0]?.payload).toMatchObject({ error: expect.stringContaining('disk') })
  const { ownerId } = ring
  await expect(ring.keys.create({ ownerId, name: 'new' })).rejects.toMatchObject(told)
  await expect(ring.keys.revoke(key.id)).rejects.toMatchObject(told)
  await expect(ring.keys.update(key.id, { name: 'new' })).rejects.toMatchObject(told)
  await expect(ring.keys.rotate(key.id, { grace: 0 })).rejects.toMatchObject(told)
  expect(await flood({ port, tokens: [key.token], total: 2 })).toEqual({ 204: 2 })
  await diskFull.end()
  expect(await ring.keys.close()).toEqual({ unwritten: 0 })
  expect(await ring.counts(issued)).toEqual([102, 100])
  expect(await ring.allowed(issued)).toEqual([102, 100])
})

// The limit is the shell's: Windows has none such.
test.skipIf(process.platform === 'win32')('on SQLite', async () => {
  const url = await migrated(databaseOf('sqlite'))
  const sql = await openSql(url)
  afterwards(() => sql.close())
  const ownerId = await insertOwner(sql)
  const issued = await issueKeys(sql, ownerId, 2)
  const [key] = issued
  if (!key) throw new Error('no key')
  await sql.query('PRAGMA wal_checkpoint(TRUNCATE)')

  const limited = await startKeyProcess({ url, flushIntervalMs: 10 }, { limitKb: 300 })
  const tokens = issued.map(({ token }) => token)
  let sent = 0
  while (limited.failures.length === 0) {
    expect(await flood({ port: limited.port, tokens, total: 20, connections: 2 })).toEqual({ 204: 20 })
    sent += 20
  }
  expect(limited.failures[0]).toMatchObject({ error: told.message })
  // What is smaller than a batch of counts may still find a place; soon nothing does.
  const change = () => limited.call('update', key.id, { name: 'new' })
  let changed = await change()
  while (changed.code === undefined) changed = await change()
  expect(changed).toMatchObject(told)
  expect(await limited.call('create', { ownerId, name: 'new' })).toMatchObject(told)
  expect(await limited.call('revoke', key.id)).toMatchObject(told)
  expect(await limited.call('rotate', key.id, { grace: 0 })).toMatchObject(told)
  const [row] = await sql.query('SELECT is_active, revoked_at, expires_at FROM api_keys WHERE id = ?', key.id)
  expect(row).toEqual({ is_active: 1, revoked_at: null, expires_at: null })
  expect(await flood({ port: limited.port, tokens, total: 20 })).toEqual({ 204: 20 })
  sent += 20
  // Makes room: the log of writes is empty again.
  await sql.query('PRAGMA wal_checkpoint(TRUNCATE)')
  expect(await limited.call('close')).toEqual({ value: { unwritten: 0 } })
  expect(await usageCounts(sql, issued)).toEqual([sent / 2, sent / 2])
  expect(await allowedCounts(sql, issued)).toEqual([sent / 2, sent / 2])
})
