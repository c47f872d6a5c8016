/** A feed on PostgreSQL that loses its connection or its way. */
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { answeringProxy } from '../helpers/answering-proxy.js'
import { freshKeys } from '../helpers/keys.js'
import { isLong } from '../helpers/rounds.js'
import { until } from '../helpers/until.js'
import { hear, listening, openFeed, postgres, proveThrough, waking } from './feeds.js'

const inLong = test.skipIf(!isLong)

/** A feed through a proxy, past its first barrier. */
async function throughProxy() {
  const { url, sql } = await freshKeys(postgres)
  const proxy = await answeringProxy(url)
  const heard = hear()
  const feed = openFeed({ url: proxy.url, listener: heard, prove: proveThrough(sql, 'postgresql') })
  await waking(feed, () => heard.barriers.length > 0)
  heard.log.length = 0
  return { proxy, heard, feed, sql, url }
}

describe('the connection', () => {
  test('that the server ends is lost at once, and comes back with the next requests', async () => {
    const { sql, heard, feed } = await listening(postgres)
    heard.log.length = 0
    await sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'keystile-feed' AND datname = current_database()"
    )
    await until(() => heard.log.length > 0)
    expect(heard.log).toEqual(['unreachable'])
    await waking(feed, () => heard.log.includes('barrier'))
    expect(heard.log).toEqual(['unreachable', '*', 'barrier'])
  })

  inLong('that goes silent is lost in time, told once, and comes back', async () => {
    const { proxy, heard, feed } = await throughProxy()
    proxy.state.swallowing = true
    const silentAt = performance.now()
    await waking(feed, () => heard.failures.length > 0)
    expect(performance.now() - silentAt).toBeLessThan(2_500)
    expect(heard.failures[0]).toMatchObject({ code: 'unreachable', message: expect.stringMatching(/1500 ms/) })
    const barriers = heard.barriers.length
    proxy.cut()
    const traffic = setInterval(() => feed.wake(), 10)
    await sleep(3_000)
    expect(heard.barriers).toHaveLength(barriers)
    expect(heard.failures).toHaveLength(1)
    proxy.state.swallowing = false
    proxy.cut()
    await until(() => heard.barriers.length > barriers)
    clearInterval(traffic)
    expect(heard.log.slice(-3)).toEqual(['unreachable', '*', 'barrier'])
  })

  inLong('to nobody is unreachable, and is tried less and less often', async () => {
    let attempts = 0
    const server = createServer((socket) => {
      attempts++
      socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const heard = hear()
    const { port } = server.address() as AddressInfo
    const feed = openFeed({ url: `postgresql://ada:secret@127.0.0.1:${port}/db`, listener: heard })
    const endAt = performance.now() + 3_000
    await waking(feed, () => performance.now() > endAt)
    server.close()
    // Waits of 50, 100, 200, 400, 800 and 1,600 ms with this random().
    expect(attempts).toBeGreaterThanOrEqual(5)
    expect(attempts).toBeLessThanOrEqual(7)
    expect(heard.log).toEqual(['unreachable'])
    expect(JSON.stringify(heard.failures)).not.toContain('secret')
  })

  test('to a server that never says a word is given up', async () => {
    const server = createServer(() => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const heard = hear()
    const { port } = server.address() as AddressInfo
    const feed = openFeed({ url: `postgresql://a@127.0.0.1:${port}/db`, listener: heard, connectTimeoutMs: 200 })
    await waking(feed, () => heard.failures.length > 0)
    expect(heard.failures[0]?.message).toContain('200 ms')
    await feed.close()
    server.close()
  })

  test('can be closed while it is being made', async () => {
    const server = createServer(() => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const heard = hear()
    const { port } = server.address() as AddressInfo
    const feed = openFeed({ url: `postgresql://a@127.0.0.1:${port}/db`, listener: heard })
    feed.wake()
    await sleep(100)
    const closedAt = performance.now()
    await feed.close()
    expect(performance.now() - closedAt).toBeLessThan(500)
    expect(heard.log).toEqual([])
    server.close()
  })

  test('is closed in time where the server has gone silent', async () => {
    const { proxy, feed, heard } = await throughProxy()
    proxy.state.swallowing = true
    const closedAt = performance.now()
    await feed.close()
    expect(performance.now() - closedAt).toBeLessThan(600)
    expect(heard.log).toEqual([])
  })

  test('that has another server behind it, which is a standby, is no longer believed', async () => {
    const { proxy, heard, feed } = await throughProxy()
    // The row (recovering f, listening t) of a barrier's answer, as it comes over the wire.
    const row = (recovering: string) => `\0\0\0\x01${recovering}\0\0\0\x01t`
    proxy.state.answer = (part) => Buffer.from(part.toString('latin1').replace(row('f'), row('t')), 'latin1')
    await waking(feed, () => heard.failures.length > 0)
    expect(heard.failures[0]?.code).toBe('not_primary')
  })

  test('that does not listen any more is no longer believed', async () => {
    const { proxy, heard, feed } = await throughProxy()
    const row = (listens: string) => `\0\0\0\x01f\0\0\0\x01${listens}`
    proxy.state.answer = (part) => Buffer.from(part.toString('latin1').replace(row('t'), row('f')), 'latin1')
    await waking(feed, () => heard.failures.length > 0)
    expect(heard.failures[0]).toMatchObject({ code: 'wrong_database', message: expect.stringMatching(/PgBouncer/) })
  })
})

describe('the proof', () => {
  test('that is written into another database fails', async () => {
    const elsewhere = await freshKeys(postgres)
    const { url } = await freshKeys(postgres)
    const heard = hear()
    const feed = openFeed({ url, listener: heard, prove: proveThrough(elsewhere.sql, 'postgresql') })
    await waking(feed, () => heard.failures.length > 0)
    expect(heard.log).toEqual(['wrong_database'])
    expect(heard.failures[0]?.message).toMatch(/another database, or through a proxy that pools transactions/)
  })

  inLong('of another process is no proof', async () => {
    const { url, sql } = await freshKeys(postgres)
    const heard = hear()
    const feed = openFeed({ url, listener: heard, prove: () => proveThrough(sql, 'postgresql')('another') })
    await waking(feed, () => heard.failures.length > 0)
    expect(heard.log).toEqual(['wrong_database'])
  })

  test.each([
    ['fails', async () => Promise.reject(new Error('read-only')), /read-only/],
    ['never ends', () => new Promise<void>(() => {}), /did not write in time/]
  ])('that %s leaves the feed unreachable', async (_, prove, message) => {
    const { url } = await freshKeys(postgres)
    const heard = hear()
    const feed = openFeed({ url, listener: heard, prove })
    await waking(feed, () => heard.failures.length > 0)
    expect(heard.failures[0]).toMatchObject({ code: 'unreachable', message: expect.stringMatching(message) })
    expect(heard.barriers).toEqual([])
  })
})

test('10,000 notifications that nobody can read are each everything, and break nothing', async () => {
  const { sql, keyId, heard, toldOf } = await listening(postgres)
  const told = await toldOf(async () => {
    await sql(
      `SELECT pg_notify('keystile_changes', CASE g % 5 WHEN 0 THEN '' WHEN 1 THEN 'k:' WHEN 2 THEN 'x:' || g
        WHEN 3 THEN chr(10) || g ELSE repeat('k', 7000) END) FROM generate_series(1, 5000) AS g`
    )
    for (let i = 0; i < 5; i++)
      await sql(`SELECT pg_notify('keystile_changes', 'n:' || g) FROM generate_series(1, 1000) AS g`)
    await sql('UPDATE api_keys SET is_active = false')
    await sql('UPDATE api_keys SET is_active = false')
  })
  expect(told.filter((entry) => entry === '*').length).toBeGreaterThan(2_000)
  expect(told.filter((entry) => entry !== '*')).toEqual([`k:${keyId}`, `k:${keyId}`])
  expect(heard.failures).toEqual([])
})
