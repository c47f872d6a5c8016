/** A client whose adapter says another schema than the feed's URL: the triggers that count are those of its own tables. */
import { PrismaPg } from '@prisma/adapter-pg'
import { createApiKeys } from 'keystile'
import { expect, test } from 'vitest'
import { PrismaClient } from '../../src/generated/postgresql/client.js'
import { feedTriggersSql } from '../helpers/feed-triggers.js'
import { afterwards, insertOwner, issueKeys, migrated } from '../helpers/key-ring.js'
import { migrate } from '../helpers/migrate.js'
import { openSql } from '../helpers/sql.js'
import { until } from '../helpers/until.js'
import { postgres } from './feeds.js'

async function inSchemaApp() {
  const url = await migrated(postgres)
  const sql = await openSql(url)
  afterwards(() => sql.close())
  await sql.query('CREATE SCHEMA app')
  await migrate(`${url}?schema=app`)
  await sql.query('SET search_path = app')
  const [{ token } = { token: '' }] = await issueKeys(sql, await insertOwner(sql), 1)
  const client = new PrismaClient({ adapter: new PrismaPg({ connectionString: url }, { schema: 'app' }) })
  const keys = createApiKeys({ prisma: client, feedUrl: url, deadlineMs: 20_000 })
  afterwards(() => client.$disconnect())
  afterwards(() => keys.close({ timeoutMs: 500 }))
  return { sql, keys, token, url }
}

test('they are found', async () => {
  const { sql, keys, token } = await inSchemaApp()
  await until(async () => (await keys.verify(token)) && keys.health().cache === 'fresh')
  await keys.verify(token)
  await sql.query('UPDATE app.api_keys SET is_active = FALSE')
  await until(() =>
    keys.verify(token).then(
      () => false,
      () => true
    )
  )
})

test('each statement of their SQL makes them there, whatever the search_path', async () => {
  const { sql, keys, token, url } = await inSchemaApp()
  const statements = feedTriggersSql(keys, url).split(/(?<=;\n)\n*(?=CREATE|DROP|ALTER)/)
  expect(statements.length).toBeGreaterThan(15)
  for (const name of ['key_inserted', 'key_changed', 'owner_changed', 'truncated'])
    await sql.query(`DROP FUNCTION app.keystile_${name} CASCADE`)
  await sql.query('DROP SCHEMA public CASCADE')
  await sql.query('SET search_path = public')
  for (const statement of statements) await sql.query(statement)
  await until(async () => (await keys.verify(token)) && keys.health().cache === 'fresh')
})

test('they are missed, though the other schema has its own', async () => {
  const { sql, keys, token } = await inSchemaApp()
  await sql.query('DROP TRIGGER keystile_key_changed ON app.api_keys')
  await keys.verify(token)
  await until(() => keys.health().cacheReason === 'triggers_missing')
  await sql.query('UPDATE app.api_keys SET is_active = FALSE')
  await expect(keys.verify(token)).rejects.toMatchObject({ reason: 'revoked' })
})
