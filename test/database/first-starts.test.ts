/** Several processes start on one database that has no tables yet: one makes them, all work. */
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { migrateDatabase } from '../../src/migrate.js'
import { databases, freshPostgres, freshSqlite } from '../helpers/databases.js'
import { openTogether } from '../helpers/openers.js'
import { packagedMigrations } from '../helpers/prisma-migrate.js'
import { rounds } from '../helpers/rounds.js'
import { openSql } from '../helpers/sql.js'
import { until } from '../helpers/until.js'

describe.each(databases)('$name', ({ provider, fresh }) => {
  const ours = packagedMigrations(provider).map(({ name }) => name)

  test.each([...Array<number>(rounds(1, 5)).fill(2), ...Array<number>(rounds(1, 2)).fill(rounds(3, 5))])(
    'of %i processes one migrates',
    { timeout: 60_000 },
    async (count) => {
      const url = await fresh()
      const opened = await openTogether(url, count, provider === 'postgresql')
      expect(opened.flatMap(({ error }) => error ?? [])).toEqual([])
      expect(opened.flatMap(({ applied }) => applied)).toEqual(ours)
      expect(opened.map(({ letIn }) => letIn)).toEqual(opened.map(() => true))
      const { query, close } = await openSql(url)
      expect(await query('SELECT migration_name FROM _prisma_migrations')).toEqual(
        ours.map((migration_name) => ({ migration_name }))
      )
      await close()
    }
  )
})

test.each(['read committed', 'repeatable read'])(
  'PostgreSQL, %s: who waited for the lock looks again',
  async (isolation) => {
    const url = await freshPostgres()
    const holder = await openSql(url)
    await holder.query(
      `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_isolation = '${isolation}'`
    )
    await holder.query('BEGIN')
    await holder.query('SELECT pg_advisory_xact_lock(72707369)')
    const migrating = [1, 2, 3].map(() => migrateDatabase(createApiKeys({ url })))
    const waiting = `SELECT count(*)::int AS n FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
    WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database()`
    await until(async () => (await holder.query(waiting))[0]?.['n'] === 3)
    await holder.query('COMMIT')
    await holder.close()
    expect((await Promise.all(migrating)).flatMap(({ applied }) => applied)).toEqual(
      packagedMigrations('postgresql').map(({ name }) => name)
    )
  }
)

test('SQLite: who looked before another one migrated looks again', async () => {
  const url = await freshSqlite()
  // They look while none has begun; each begins as soon as it has read its migrations.
  const migrating = Array.from({ length: rounds(10, 30) }, () => migrateDatabase(createApiKeys({ url })))
  expect((await Promise.all(migrating)).flatMap(({ applied }) => applied)).toEqual(
    packagedMigrations('sqlite').map(({ name }) => name)
  )
})
