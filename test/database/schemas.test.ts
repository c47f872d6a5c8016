/** One source for the models: the schemas and the migrations say what prisma/models.prisma says. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { schemaFor } from '../../scripts/prisma.js'
import { databases, freshPostgres } from '../helpers/databases.js'
import { freshKeys } from '../helpers/keys.js'
import { prismaMigrate, projectRoot } from '../helpers/prisma-migrate.js'

async function migrated(name: 'SQLite' | 'PostgreSQL', further?: string): Promise<string> {
  const { url, sql, close } = await freshKeys(databaseNamed(name))
  if (further) await sql(further)
  await close()
  return url
}

function databaseNamed(name: 'SQLite' | 'PostgreSQL') {
  const found = databases.find((database) => database.name === name)
  if (!found) throw new Error(`no ${name}`)
  return found
}

/** Everything in the schema public that a model can say: columns, indexes, constraints. */
async function catalogOf(url: string, script = ''): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(script)
  const { rows } = await client.query(`
    SELECT table_name AS of, concat_ws(' ', column_name, data_type, datetime_precision, is_nullable, column_default) AS is
      FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'
    UNION ALL SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'
    UNION ALL SELECT conrelid::regclass::text, concat_ws(' ', conname, pg_get_constraintdef(oid)) FROM pg_constraint
      WHERE connamespace = 'public'::regnamespace AND conrelid <> coalesce(to_regclass('_prisma_migrations')::oid, 0)
    ORDER BY 1, 2`)
  await client.end()
  return rows
}

test.each(databases)('the committed schema for $name is what the models make', ({ provider }) => {
  expect(readFileSync(join(projectRoot, 'prisma', provider, 'schema.prisma'), 'utf8')).toBe(schemaFor(provider))
})

describe('a migrated SQLite file', () => {
  const difference = async (url: string) => prismaMigrate('sqlite', url).diff('tables')

  test("is to Prisma's engine what the models say", async () => {
    expect(await difference(await migrated('SQLite'))).toMatchObject({ exitCode: 0 })
  })

  test('with a column too many is not', async () => {
    const url = await migrated('SQLite', 'ALTER TABLE api_keys ADD COLUMN note TEXT')
    expect(await difference(url)).toMatchObject({ exitCode: 2 })
  })
})

describe('a migrated PostgreSQL database', () => {
  test("has what the engine's own script makes of the models", async () => {
    const url = await freshPostgres()
    const { sql } = await prismaMigrate('postgresql', url).diff('empty')
    const [ofModels, ofMigrations] = [await catalogOf(url, sql), await catalogOf(await migrated('PostgreSQL'))]
    expect(ofModels.length).toBeGreaterThan(40)
    expect(ofMigrations).toEqual(ofModels)
  })
})
