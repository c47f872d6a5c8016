/** What a database lacks of the tables that a client's schema has, in the names of the database. */
import { expect, test } from 'vitest'
import type { Client } from '../../src/prisma-store/client.js'
import { inspectClient } from '../../src/prisma-store/inspect.js'
import { missingInDatabase } from '../../src/prisma-store/missing.js'
import { databases } from '../helpers/databases.js'
import { migrated } from '../helpers/key-ring.js'
import { ask } from '../helpers/sql.js'
import { userClients } from '../helpers/stores.js'

test.each(databases)('on $name a column is named as it is called, quotes and all', async (database) => {
  const url = await migrated(database)
  const client = userClients.find(({ provider }) => provider === database.provider)?.make(url) as Client
  const shape = inspectClient(client)
  expect(await missingInDatabase(client, shape)).toEqual([])
  // As @map("key ""hash""") in a schema.
  const odd = {
    ...shape,
    column: (...of: Parameters<typeof shape.column>) => shape.column(...of).replace('key_hash', 'key ""hash""')
  }
  expect(await missingInDatabase(client, odd)).toEqual([`key "hash" of the table ${shape.table('ApiKey')}`])
  await ask(url, 'DROP TABLE api_key_flushes')
  expect(await missingInDatabase(client, shape)).toEqual([
    `the table ${shape.table('ApiKeyFlush')} (model ApiKeyFlush)`
  ])
  await client.$disconnect()
})
