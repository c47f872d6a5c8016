/** Owners whose ids are numbers: in a path, a body and a query all ids are text. */
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { generatedClient } from '../helpers/generated-client.js'
import { management } from '../helpers/management.js'
import { isLong } from '../helpers/rounds.js'

const numeric = (type: string) => (schema: string) =>
  schema
    .replace(/(model User \{\s+id +)String( +@id) .*/, `$1${type}$2 @default(autoincrement())`)
    .replace(/(userId +)String/, `$1${type}`)

const types = [
  ['Int', (id: number) => id, '2147483648'],
  ['BigInt', (id: number) => BigInt(id), '9223372036854775808']
] as const

// Generating a client takes seconds.
describe.runIf(isLong).each(databases)('on $name', (database) => {
  // SQLite has no ids of 64 bits that count up.
  const possible = types.filter(([type]) => database.provider === 'postgresql' || type === 'Int')

  test.each(possible)('%s', async (type, idOf, tooLarge) => {
    const { prisma, sql } = await generatedClient(database, numeric(type))
    for (const name of ['ada', 'bob'])
      await sql(
        'INSERT INTO users (email, name, is_active, updated_at) VALUES (?, ?, true, CURRENT_TIMESTAMP)',
        `${name}@example.com`,
        name
      )
    const keys = createApiKeys({ prisma, cache: false })
    const boss = { ownerId: idOf(1), scopes: ['*'], allOwners: true, name: null }
    const { ask } = await management({ keys, people: { boss, bob: { ownerId: idOf(2), scopes: [] } } })

    const made = await ask('POST', '/', { as: 'boss', body: { name: 'for bob', ownerId: '2' } })
    expect(made.status).toBe(201)
    expect(made.body.apiKey.ownerId).toBe('2')
    await ask('POST', '/', { as: 'boss', body: { name: 'own' } })
    expect((await keys.verify(made.body.token)).apiKey.ownerId).toBe(idOf(2))

    const names = async (as: string, path: string) => (await ask('GET', path, { as })).body.items.map((key) => key.name)
    expect(await names('boss', '/')).toEqual(['own', 'for bob'])
    expect(await names('boss', '/?ownerId=2')).toEqual(['for bob'])
    expect(await names('bob', '/')).toEqual(['for bob'])
    expect(await names('bob', '/?ownerId=2')).toEqual(['for bob'])
    expect((await ask('GET', '/events?ownerId=2', { as: 'boss' })).body.items[0]).toMatchObject({
      ownerId: '2',
      actor: '1'
    })

    for (const ownerId of ['x', '2.0', '0x2', tooLarge, '-'])
      expect(await ask('GET', `/?ownerId=${ownerId}`, { as: 'boss' })).toMatchObject({
        status: 400,
        body: { field: 'ownerId' }
      })
    const toNobody = await ask('POST', '/', { as: 'boss', body: { name: 'x', ownerId: '99' } })
    expect(toNobody).toMatchObject({ status: 404, body: { code: 'owner_not_found' } })
    expect(await keys.revokeOwner('2')).toEqual({ revoked: 1 })
    await keys.close()
  })
})
