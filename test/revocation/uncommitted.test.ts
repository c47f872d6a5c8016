/** PostgreSQL: a change that got no answer in time is an error, and nothing of it stays behind on a connection. */
import { expect, test } from 'vitest'
import { databases, type TestDatabase } from '../helpers/databases.js'
import { afterwards, keyRing } from '../helpers/key-ring.js'
import { openSql } from '../helpers/sql.js'
import { until } from '../helpers/until.js'

const postgres = databases.find(({ provider }) => provider === 'postgresql') as TestDatabase

test('a revocation that a lock kept waiting too long is an error, and leaves no transaction open', async () => {
  const ring = await keyRing(postgres, (url) => ({ url, deadlineMs: 1_500 }))
  const [key] = await ring.issue(1)
  if (!key) throw new Error('no key')
  const locker = await openSql(ring.url)
  afterwards(() => locker.close())
  await locker.query('BEGIN')
  await locker.query('SELECT * FROM api_keys FOR UPDATE')
  await expect(ring.keys.revoke(key.id)).rejects.toMatchObject({ code: 'unavailable', status: 503 })
  expect((await ring.keys.verify(key.token)).apiKey.id).toBe(key.id)
  await locker.query('COMMIT')

  const open = async () => {
    const rows = await ring.sql.query(
      `SELECT state, query FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND (state LIKE 'idle in%' OR wait_event_type = 'Lock')`
    )
    return rows.length
  }
  await until(async () => (await open()) === 0)
  // Whatever became of the first attempt, the second is a fact.
  await ring.keys.revoke(key.id)
  const [row] = await ring.sql.query('SELECT is_active FROM api_keys')
  expect(row).toEqual({ is_active: false })
  await expect(ring.keys.verify(key.token)).rejects.toMatchObject({ reason: 'revoked' })
})
