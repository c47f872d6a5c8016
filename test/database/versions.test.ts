/** Databases of an earlier and of a later keystile. */
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { freshKeys } from '../helpers/keys.js'
import { type KeystileVersion, laterMigration, laterVersion } from '../helpers/later-version.js'
import { migrate, thisVersion } from '../helpers/migrate.js'
import { packagedMigrations, prismaMigrate } from '../helpers/prisma-migrate.js'
import { ask } from '../helpers/sql.js'

const setVersion = (minReader: number) => `UPDATE keystile_schema SET version = 3, min_reader = ${minReader};\n`
const newColumn = 'ALTER TABLE api_keys ADD COLUMN team TEXT;\n'

/** Opens a database with one version of the code, and lets a key in. */
async function letIn({ createApiKeys }: KeystileVersion, url: string, token: string): Promise<unknown> {
  const keys = createApiKeys({ url })
  try {
    return (await keys.verify(token)).owner['email']
  } finally {
    await keys.close()
  }
}

async function ready({ createApiKeys }: KeystileVersion, url: string): Promise<{ code?: string; message?: string }> {
  const keys = createApiKeys({ url })
  try {
    await keys.ready()
    return {}
  } catch (error) {
    return error as { code: string; message: string }
  } finally {
    await keys.close()
  }
}

describe.each(databases)('$name', (database) => {
  const { provider } = database

  async function inUse() {
    const { keys, url, owner, sql, close } = await freshKeys(database)
    const { token } = await keys.create({ ownerId: owner.id, name: 'laptop' })
    return { url, token, sql, close }
  }

  test('an older database is brought up to date, and keeps its keys', async () => {
    const { url, token, close } = await inUse()
    await close()
    const later = await laterVersion(provider, newColumn + setVersion(1))
    if (provider === 'postgresql') {
      expect(await ready(later, url)).toMatchObject({
        code: 'not_migrated',
        message: expect.stringMatching(/lacks a migration of keystile\. Run: npx keystile migrate$/)
      })
      expect(await migrate(url, later)).toEqual([laterMigration])
    }
    expect(await letIn(later, url, token)).toBe('owner1@example.com')
    expect(await migrate(url, later)).toEqual([])
    expect(await ask(url, 'SELECT version FROM keystile_schema')).toEqual([{ version: 3 }])
    expect(await ask(url, 'SELECT team FROM api_keys')).toEqual([{ team: null }])
  })

  test("what a later one applied is in Prisma's history", async () => {
    const { url, close } = await inUse()
    await close()
    const sql = newColumn + setVersion(1)
    await migrate(url, await laterVersion(provider, sql))
    const prisma = prismaMigrate(provider, url, [...packagedMigrations(provider), { name: laterMigration, sql }])
    expect(await prisma.diagnose()).toMatchObject({ history: null, editedMigrationNames: [], failedMigrationNames: [] })
  })

  test('a newer database works while it lets this version read', async () => {
    const { url, token, close } = await inUse()
    await close()
    await migrate(url, await laterVersion(provider, newColumn + setVersion(1)))
    expect(await migrate(url, thisVersion)).toEqual([])
    expect(await letIn(thisVersion, url, token)).toBe('owner1@example.com')
  })

  test.each([
    [99, 1, {}],
    [99, 4, { code: 'incompatible_database', status: 500, message: expect.stringMatching(/Upgrade keystile\.$/) }]
  ])('a database of version %i that readers from %i on may use', async (version, minReader, expected) => {
    const { url, sql, close } = await inUse()
    await sql('UPDATE keystile_schema SET version = ?, min_reader = ?', version, minReader)
    await close()
    expect(await ready(thisVersion, url)).toMatchObject(expected)
    await expect(migrate(url, thisVersion).catch((error) => error)).resolves.toMatchObject(expected)
  })

  test('a migration that fails half-way leaves the database as it was, and in use by the earlier version', async () => {
    const { url, token, close } = await inUse()
    await close()
    const bad = await laterVersion(provider, `${newColumn}INSERT INTO nowhere VALUES (1);\n`)
    await expect(migrate(url, bad)).rejects.toMatchObject({
      code: 'incompatible_database',
      message: expect.stringMatching(/nothing was changed: .*nowhere/)
    })
    await expect(ask(url, 'SELECT team FROM api_keys')).rejects.toThrow('team')
    expect(await ask(url, 'SELECT migration_name AS name FROM _prisma_migrations')).toEqual(
      packagedMigrations(provider).map(({ name }) => ({ name }))
    )
    expect(await letIn(thisVersion, url, token)).toBe('owner1@example.com')
  })

  test('a version that runs behind its recorded migrations is judged by its tables', async () => {
    const { url, token, sql, close } = await inUse()
    await sql('UPDATE keystile_schema SET version = 0, min_reader = 0')
    expect(await letIn(thisVersion, url, token)).toBe('owner1@example.com')
    // On PostgreSQL a trigger watches it.
    await sql(`ALTER TABLE api_keys DROP COLUMN metadata${provider === 'sqlite' ? '' : ' CASCADE'}`)
    await close()
    expect(await ready(thisVersion, url)).toMatchObject({ code: 'incompatible_database' })
  })
})

test('SQLite: a migration that makes the table of owners anew, as Prisma does, keeps their keys', async () => {
  const [database] = databases as [(typeof databases)[number]]
  const { keys, url, owner, close } = await freshKeys(database)
  const { token } = await keys.create({ ownerId: owner.id, name: 'laptop' })
  await close()
  const columns = '"id", "email", "name", "is_active", "created_at", "updated_at"'
  const later = await laterVersion(
    'sqlite',
    `-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_users" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "email" TEXT NOT NULL,
    "name" TEXT DEFAULT 'nobody',
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "created_at" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" DATETIME NOT NULL
);
INSERT INTO "new_users" (${columns}) SELECT ${columns} FROM "users";
DROP TABLE "users";
ALTER TABLE "new_users" RENAME TO "users";
CREATE UNIQUE INDEX "users_email_key" ON "users"("email");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
${setVersion(1)}`
  )
  const migrating = later.createApiKeys({ url })
  await expect(migrating.verify(token)).resolves.toMatchObject({ owner: { email: 'owner1@example.com' } })
  await expect(migrating.create({ ownerId: 'nobody', name: 'x' })).rejects.toMatchObject({ code: 'owner_not_found' })
  await migrating.close()
})
