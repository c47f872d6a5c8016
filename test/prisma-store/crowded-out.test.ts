/** More changes than a client has connections for: those that got none in time are tried again. */
import { createApiKeys } from 'keystile'
import { expect, test } from 'vitest'
import { migrateDatabase } from '../../src/migrate.js'
import { freshPostgres } from '../helpers/databases.js'
import { connect } from '../helpers/keys.js'
import { userClients } from '../helpers/stores.js'

test('a change that waited too long for a connection of the pool is made all the same', async () => {
  const url = await freshPostgres()
  await migrateDatabase(createApiKeys({ url }))
  const { sql, close } = await connect(url)
  await sql("INSERT INTO users (id, email, updated_at) VALUES ('ada', 'a@b.c', now())")
  const make = userClients.find(({ provider }) => provider === 'postgresql')?.make
  const client = make?.(url) as {
    $transaction<T>(work: (tx: unknown) => Promise<T>, options: object): Promise<T>
    $disconnect(): Promise<void>
  }
  const keys = createApiKeys({ prisma: client as object })
  await keys.list()
  // Holds all ten connections of the pool, for longer than Prisma waits and shorter than keystile does.
  const holdMs = 2_500
  const holders = Array.from({ length: 10 }, () =>
    client.$transaction(() => new Promise((resolve) => setTimeout(resolve, holdMs)), { timeout: 20_000 })
  )
  const { apiKey } = await keys.create({ ownerId: 'ada', name: 'patient' })
  await Promise.all(holders)
  expect(await keys.get(apiKey.id)).toMatchObject({ name: 'patient' })
  await client.$disconnect()
  await close()
})
