/** What keystile records, Prisma's own engine reads, and the reverse: either can go on from the other. */
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { migrateDatabase } from '../../src/migrate.js'
import { databases } from '../helpers/databases.js'
import { freshKeys } from '../helpers/keys.js'
import { packagedMigrations, prismaMigrate } from '../helpers/prisma-migrate.js'
import { openSql } from '../helpers/sql.js'

const inSync = { editedMigrationNames: [], failedMigrationNames: [], hasMigrationsTable: true, history: null }

describe.each(databases)('$name', (database) => {
  const { provider, fresh } = database
  const ours = packagedMigrations(provider)
  const further = { name: '29990101000000_notes', sql: 'CREATE TABLE "notes" ("id" INTEGER NOT NULL PRIMARY KEY);\n' }

  async function migratedByUs(): Promise<string> {
    const { url, close } = await freshKeys(database)
    await close()
    return url
  }

  test('to Prisma, a database that keystile migrated is up to date', async () => {
    const prisma = prismaMigrate(provider, await migratedByUs())
    expect(await prisma.diagnose()).toEqual(inSync)
    expect(await prisma.apply()).toEqual([])
  })

  test('an edited migration is noticed there by its checksum', async () => {
    const edited = ours.map(({ name, sql }) => ({ name, sql: `${sql}\n` }))
    const prisma = prismaMigrate(provider, await migratedByUs(), edited)
    expect(await prisma.diagnose()).toMatchObject({ editedMigrationNames: ours.map(({ name }) => name) })
  })

  test("the user's next migration goes on from keystile's, and keystile from there", async () => {
    const url = await migratedByUs()
    const prisma = prismaMigrate(provider, url, [...ours, further])
    expect(await prisma.diagnose()).toMatchObject({
      history: { diagnostic: 'databaseIsBehind', unappliedMigrationNames: [further.name] }
    })
    expect(await prisma.apply()).toEqual([further.name])
    expect(await prisma.diagnose()).toEqual(inSync)
    const keys = createApiKeys({ url })
    expect((await migrateDatabase(keys)).applied).toEqual([])
    await expect(keys.findOwner('owner1@example.com')).resolves.toMatchObject({ name: 'Ada' })
    await keys.close()
  })

  test('a database that Prisma migrated is used as it is', async () => {
    const url = await fresh()
    const prisma = prismaMigrate(provider, url)
    expect(await prisma.apply()).toEqual(ours.map(({ name }) => name))
    const keys = createApiKeys({ url })
    await keys.ready()
    expect((await migrateDatabase(keys)).applied).toEqual([])
    const { owner } = await keys.ensureOwner({ email: 'ada@example.com' })
    const { token } = await keys.create({ ownerId: owner.id, name: 'laptop' })
    await expect(keys.verify(token)).resolves.toMatchObject({ owner: { email: 'ada@example.com' } })
    await keys.close()
    expect(await prisma.diagnose()).toEqual(inSync)
  })

  test('the rows that both write have the same form', async () => {
    const [byUs, byPrisma] = [await migratedByUs(), await fresh()]
    await prismaMigrate(provider, byPrisma).apply()
    const forms = await Promise.all(
      [byUs, byPrisma].map(async (url) => {
        const { query, close } = await openSql(url)
        const rows = await query(
          `SELECT migration_name, checksum, applied_steps_count, length(id) AS id_length, finished_at >= started_at AS in_order,
            rolled_back_at IS NULL AS stands, logs IS NULL AS without_logs FROM _prisma_migrations`
        )
        await close()
        return rows
      })
    )
    expect(forms[0]).toEqual(forms[1])
  })
})
