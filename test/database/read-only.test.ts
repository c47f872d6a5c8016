/** Databases that can be read and not written, and databases without our tables. */
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { migrateDatabase } from '../../src/migrate.js'
import { createToken } from '../../src/token.js'
import { databases, freshPostgres } from '../helpers/databases.js'
import { connect, freshKeys } from '../helpers/keys.js'
import { plainApp } from '../helpers/plain-app.js'
import { recordEvents } from '../helpers/recorded-events.js'
import { requestTo } from '../helpers/request.js'
import { userClients } from '../helpers/stores.js'
import { until } from '../helpers/until.js'

const [postgres] = databases.filter(({ provider }) => provider === 'postgresql')

describe('a PostgreSQL that is read-only', () => {
  const start = async () => {
    if (!postgres) throw new Error('no PostgreSQL')
    const db = await freshKeys(postgres)
    const { token, apiKey } = await db.keys.create({ ownerId: db.owner.id, name: 'laptop' })
    await db.sql(`ALTER DATABASE ${new URL(db.url).pathname.slice(1)} SET default_transaction_read_only = on`)
    return { ...db, token, apiKey, readOnly: createApiKeys({ url: db.url, flushIntervalMs: 10 }) }
  }

  test('every change is not_writable, reads and requests go on', async () => {
    const { readOnly, owner, token, apiKey } = await start()
    const changes = [
      () => readOnly.create({ ownerId: owner.id, name: 'x' }),
      () => readOnly.update(apiKey.id, { name: 'x' }),
      () => readOnly.rotate(apiKey.id, { grace: 0 }),
      () => readOnly.revoke(apiKey.id),
      () => readOnly.revokeOwner(owner.id),
      () => readOnly.delete(apiKey.id),
      () => readOnly.ensureOwner({ email: 'new@example.com' })
    ]
    for (const change of changes) {
      await expect(change()).rejects.toMatchObject({ name: 'ApiKeyError', code: 'not_writable', status: 503 })
    }
    expect(await readOnly.get(apiKey.id)).toMatchObject({ status: 'active', name: 'laptop' })
    expect((await requestTo(plainApp(readOnly), token)).status).toBe(204)
    await readOnly.close({ timeoutMs: 0 })
  })

  test('counts wait until it takes writes again, and an event tells of it', async () => {
    const { readOnly, token, apiKey, sql, keys, url } = await start()
    const events = recordEvents()
    await readOnly.verify(token)
    await until(() => events.some(({ name }) => name === 'keystile:usage-flush-failed'))
    expect(await keys.get(apiKey.id)).toMatchObject({ usageCount: 0 })
    const name = new URL(url).pathname.slice(1)
    await sql(`ALTER DATABASE ${name} RESET default_transaction_read_only`)
    // The setting is for new connections; those of the pool keep theirs.
    await sql(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ? AND pid <> pg_backend_pid()',
      name
    )
    expect(await readOnly.close()).toEqual({ unwritten: 0 })
    expect(await sql('SELECT usage_count FROM api_keys WHERE id = ?', String(apiKey.id))).toEqual([
      { usage_count: '1' }
    ])
  })

  test('migrating it is not_writable', async () => {
    const url = await freshPostgres()
    const { sql, close } = await connect(url)
    await sql(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_read_only = on`)
    await close()
    await expect(migrateDatabase(createApiKeys({ url }))).rejects.toMatchObject({ code: 'not_writable' })
  })
})

describe('a database without the tables', () => {
  test('a PostgreSQL of our own says what to run, and changes nothing', async () => {
    const url = await freshPostgres()
    const keys = createApiKeys({ url })
    await expect(keys.ready()).rejects.toMatchObject({ code: 'not_migrated', message: /npx keystile migrate/ })
    const { sql, close } = await connect(url)
    expect(await sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).toEqual([])
    await close()
    await migrateDatabase(keys)
    expect(await keys.list()).toEqual({ items: [], nextCursor: null })
    await keys.close()
  })

  test.each(userClients)('$name: not_migrated, and 503 to requests', async ({ fresh, make }) => {
    const client = make(await fresh()) as { $disconnect(): Promise<void> }
    const keys = createApiKeys({ prisma: client })
    await expect(keys.list()).rejects.toMatchObject({ name: 'ApiKeyError', code: 'not_migrated' })
    await expect(keys.create({ ownerId: 'ada', name: 'x' })).rejects.toMatchObject({ code: 'not_migrated' })
    expect((await requestTo(plainApp(keys), createToken('sk_'))).status).toBe(503)
    await keys.close()
    await client.$disconnect()
  })
})
