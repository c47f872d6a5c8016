/** Triggers on PostgreSQL that are not as they have to be, and those that are, where it is hard for them. */
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { triggersSql } from '../../src/change-feed/triggers.js'
import { ownTables } from '../../src/change-feed/watched.js'
import { freshKeys } from '../helpers/keys.js'
import { rounds } from '../helpers/rounds.js'
import { hear, listening, openFeed, postgres, proveThrough, waking } from './feeds.js'

const untriggered = [
  ['dropped', 'DROP TRIGGER keystile_key_changed ON api_keys', /keystile_key_changed on api_keys is missing/],
  [
    'disabled',
    'ALTER TABLE users DISABLE TRIGGER keystile_owner_changed',
    /keystile_owner_changed on users is disabled/
  ],
  [
    'for replicas',
    'ALTER TABLE users ENABLE REPLICA TRIGGER keystile_truncated',
    /keystile_truncated on users is disabled/
  ],
  [
    'without effect',
    'CREATE OR REPLACE FUNCTION keystile_key_inserted() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$',
    /keystile_key_inserted on api_keys is not as keystile makes it/
  ],
  [
    'on fewer columns',
    `DROP TRIGGER keystile_owner_changed ON users; CREATE TRIGGER keystile_owner_changed AFTER UPDATE OR DELETE
      ON users FOR EACH ROW EXECUTE FUNCTION keystile_owner_changed('id', 'name')`,
    /keystile_owner_changed on users does not watch email, is_active/
  ],
  [
    'for updates of fewer columns',
    `DROP TRIGGER keystile_owner_changed ON users; CREATE TRIGGER keystile_owner_changed AFTER UPDATE OF name OR DELETE
      ON users FOR EACH ROW EXECUTE FUNCTION keystile_owner_changed('id', 'email', 'name', 'is_active')`,
    /keystile_owner_changed on users is not as keystile makes it/
  ],
  [
    'of keys on fewer columns',
    `DROP TRIGGER keystile_key_changed ON api_keys; CREATE TRIGGER keystile_key_changed AFTER UPDATE OF id OR DELETE
      ON api_keys FOR EACH ROW EXECUTE FUNCTION keystile_key_changed()`,
    /keystile_key_changed on api_keys does not watch user_id, .*is_active/
  ],
  [
    'with a condition',
    `DROP TRIGGER keystile_key_changed ON api_keys; CREATE TRIGGER keystile_key_changed AFTER UPDATE ON api_keys
      FOR EACH ROW WHEN (NEW.name = 'x') EXECUTE FUNCTION keystile_key_changed()`,
    /keystile_key_changed on api_keys is not as keystile makes it/
  ]
] as const

async function script(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(text)
  await client.end()
}

describe('the triggers', () => {
  test.each(untriggered.slice(0, rounds(3, untriggered.length)))('%s are noticed', async (_, change, message) => {
    const { url, heard, feed } = await listening(postgres, { recheckMs: 200 })
    await script(url, change)
    await waking(feed, () => heard.failures.length > 0)
    expect(heard.failures[0]).toMatchObject({ code: 'triggers_missing', message: expect.stringMatching(message) })
    expect(heard.failures[0]?.message).toMatch(/Run: npx keystile migrate$/)
    const barriers = heard.barriers.length
    heard.log.length = 0
    const endAt = performance.now() + 600
    await waking(feed, () => performance.now() > endAt)
    expect(heard.barriers).toHaveLength(barriers)
    expect(heard.log).toEqual([])
  })

  test('that were off for a while may have missed anything', async () => {
    const { sql, heard, feed } = await listening(postgres, { recheckMs: 100 })
    await sql('ALTER TABLE api_keys DISABLE TRIGGER keystile_key_changed')
    await sql('ALTER TABLE api_keys ENABLE TRIGGER keystile_key_changed')
    heard.log.length = 0
    await waking(feed, () => heard.log.includes('*') || heard.failures.length > 0)
    await waking(feed, () => heard.log.at(-1) === 'barrier')
    expect(heard.failures).toEqual([])
  })

  test('come back: so does the feed', async () => {
    const { sql, heard, feed } = await listening(postgres, { recheckMs: 100 })
    await sql('ALTER TABLE users DISABLE TRIGGER ALL')
    await waking(feed, () => heard.failures.length > 0)
    heard.log.length = 0
    await sql('ALTER TABLE users ENABLE TRIGGER ALL')
    await waking(feed, () => heard.log.includes('barrier'))
    expect(heard.log).toEqual(['*', 'barrier'])
  })

  test('fire where session_replication_role is replica, and under any search_path', async () => {
    const { url, keyId, ownerId, toldOf } = await listening(postgres)
    const told = await toldOf(() =>
      script(
        url,
        `CREATE SCHEMA mine; CREATE FUNCTION mine.pg_notify(text, text) RETURNS void LANGUAGE sql AS '';
        SET search_path = mine; SET session_replication_role = replica;
        UPDATE public.api_keys SET is_active = false; UPDATE public.users SET is_active = false`
      )
    )
    expect(told).toEqual([`k:${keyId}`, `o:${ownerId}`])
  })

  test('of another table name, or another schema, are missing', async () => {
    const { url, sql } = await freshKeys(postgres)
    const heard = hear()
    await script(url, 'CREATE SCHEMA other; ALTER TABLE api_keys SET SCHEMA other')
    const feed = openFeed({ url, listener: heard, prove: proveThrough(sql, 'postgresql') })
    await waking(feed, () => heard.failures.length > 0)
    expect(heard.failures[0]?.message).toMatch(/keystile_key_inserted on api_keys is missing/)
  })

  test('an id that is too long for a notification fails no change, and is told as everything', async () => {
    const { sql, ownerId, toldOf } = await listening(postgres)
    const told = await toldOf(() => sql(`UPDATE users SET id = repeat('é', 2000) WHERE id = ?`, ownerId))
    expect(told).toContain('*')
    expect(told).toContain(`o:${ownerId}`)
  })

  test('stand in the way of no change to the columns of owners, and of none to what owners are', async () => {
    const { sql, ownerId, toldOf } = await listening(postgres)
    await sql('ALTER TABLE users ALTER COLUMN email TYPE varchar(200)')
    await sql('ALTER TABLE users DROP COLUMN name')
    const told = await toldOf(() => sql('UPDATE users SET is_active = false WHERE id = ?', ownerId))
    expect(told).toEqual([`o:${ownerId}`])
  })

  test('may watch more, and have columns of any name', async () => {
    const { url, sql, ownerId, toldOf, heard } = await listening(postgres, { recheckMs: 100 })
    const [column, quoted] = [`it's "é"`, `"it's ""é"""`]
    const tables = { ...ownTables, ownerColumns: [...ownTables.ownerColumns, column] }
    await script(url, `ALTER TABLE users ADD COLUMN ${quoted} text; ${triggersSql('postgresql', tables)}`)
    await toldOf(() => sql('SELECT pg_sleep(0.2)'))
    expect(await toldOf(() => sql(`UPDATE users SET ${quoted} = 'x'`))).toEqual([`o:${ownerId}`])
    expect(heard.failures).toEqual([])
  })

  test.each(['a$$b', '$$ LANGUAGE sql; $keystile1$'])('may have the name %s in their functions', async (id) => {
    const { url, sql, owner } = await freshKeys(postgres)
    const tables = { ...ownTables, ownerId: id, ownerColumns: [id, 'email', 'name', 'is_active'] }
    await script(url, `ALTER TABLE users RENAME COLUMN id TO "${id}"; ${triggersSql('postgresql', tables)}`)
    const heard = hear()
    const feed = openFeed({ url, listener: heard, prove: proveThrough(sql, 'postgresql'), tables })
    await waking(feed, () => heard.barriers.length > 0)
    await sql('UPDATE users SET is_active = false')
    await waking(feed, () => heard.log.includes(`o:${owner.id}`))
    expect(heard.failures).toEqual([])
  })
})
