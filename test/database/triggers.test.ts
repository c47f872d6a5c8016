/** Triggers that are gone or wrong are put right by `keystile migrate`, as its message says. */
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { migrateDatabase } from '../../src/migrate.js'
import { databases, freshPostgres } from '../helpers/databases.js'
import { migrated } from '../helpers/key-ring.js'
import { migrate } from '../helpers/migrate.js'
import { ask } from '../helpers/sql.js'

const triggers = {
  sqlite: "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
  postgresql: `SELECT tgname AS name, tgenabled AS enabled, pg_get_triggerdef(t.oid) AS sql, prosrc
    FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid WHERE NOT tgisinternal ORDER BY tgrelid::regclass::text, tgname`
}

async function mend(url: string) {
  const keys = createApiKeys({ url })
  try {
    return await migrateDatabase(keys)
  } finally {
    await keys.close()
  }
}

describe.each(databases)('$name', (database) => {
  const look = triggers[database.provider]
  const name = database.provider === 'sqlite' ? 'keystile_owner_updated' : 'keystile_owner_changed'
  const drop = `DROP TRIGGER ${name}${database.provider === 'sqlite' ? '' : ' ON users'}`

  test('a trigger that was dropped is made again, and nothing else is touched', async () => {
    const url = await migrated(database)
    const before = await ask(url, look)
    await ask(url, drop)
    expect(await mend(url)).toEqual({ applied: [], mended: [`${name} on users is missing`] })
    expect(await ask(url, look)).toEqual(before)
    expect(await mend(url)).toEqual({ applied: [], mended: [] })
  })

  test('the triggers of a later version are its own', async () => {
    const url = await migrated(database)
    await ask(url, 'UPDATE keystile_schema SET version = 99', drop)
    const before = await ask(url, look)
    expect(await mend(url)).toEqual({ applied: [], mended: [] })
    expect(await ask(url, look)).toEqual(before)
  })
})

test('PostgreSQL: a trigger that was disabled is on again, and a function is as it was', async () => {
  const url = await freshPostgres()
  await migrate(url)
  const before = await ask(url, triggers.postgresql)
  await ask(
    url,
    'ALTER TABLE api_keys DISABLE TRIGGER keystile_key_inserted',
    'CREATE OR REPLACE FUNCTION keystile_truncated() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$'
  )
  expect((await mend(url)).mended).toEqual([
    'keystile_key_inserted on api_keys is disabled',
    'keystile_truncated on api_keys is not as keystile makes it',
    'keystile_truncated on users is not as keystile makes it'
  ])
  expect(await ask(url, triggers.postgresql)).toEqual(before)
})

test('PostgreSQL: an app that starts puts no trigger right: that is for who migrates', async () => {
  const url = await freshPostgres()
  await migrate(url)
  await ask(url, 'DROP TRIGGER keystile_owner_changed ON users')
  const before = await ask(url, triggers.postgresql)
  const keys = createApiKeys({ url })
  await keys.ready()
  await keys.close()
  expect(await ask(url, triggers.postgresql)).toEqual(before)
})
