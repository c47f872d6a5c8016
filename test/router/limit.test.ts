/** How many keys an owner may have: a number that holds, however many ask at once. */
import { PrismaPg } from '@prisma/adapter-pg'
import { createApiKeys } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { PrismaClient } from '../../src/generated/postgresql/client.js'
import { migrateDatabase } from '../../src/migrate.js'
import { databases, freshPostgres } from '../helpers/databases.js'
import { connect, type FreshKeys, freshKeys } from '../helpers/keys.js'
import { type Management, management } from '../helpers/management.js'
import { day, manualClock } from '../helpers/manual-clock.js'

const most = 5

describe.each(databases)('on $name', (database) => {
  const clock = manualClock()
  let db: FreshKeys
  let site: Management
  beforeAll(async () => {
    db = await freshKeys(database, { now: clock })
    const ownerOf = async (name: string) => [name, { ownerId: (await db.newOwner()).id, scopes: [] }] as const
    const people = Object.fromEntries(await Promise.all(['ada', 'bob', 'eve', 'joe'].map(ownerOf)))
    site = await management({ keys: db.keys, people, options: { maxKeysPerOwner: most } })
  })
  const make = (as: string, body: object = { name: 'x' }) => site.ask('POST', '/', { as, body })
  const statuses = async (asked: Promise<{ status: number }>[]) =>
    (await Promise.all(asked)).map(({ status }) => status).sort()
  const live = async (as: string) =>
    (await site.ask('GET', '/?limit=100', { as })).body.items.filter(({ status }) => status === 'active')

  test('of twenty at once, as many are made as there may be', async () => {
    const expected = Array.from({ length: 20 }, (_, i) => (i < most ? 201 : 409))
    expect(await statuses(Array.from({ length: 20 }, () => make('ada')))).toEqual(expected)
    expect((await make('ada')).body).toMatchObject({
      code: 'limit_reached',
      detail: expect.stringContaining(`at most ${most} keys`)
    })
    expect(await live('ada')).toHaveLength(most)
    expect((await make('bob')).status).toBe(201)
  })

  test('keys that are over do not count', async () => {
    for (let i = 0; i < most; i++) await make('eve', { name: `${i}`, ...(i < 2 && { expiresIn: '1d' }) })
    expect((await make('eve')).status).toBe(409)
    clock.pass(2 * day)
    expect(await statuses([make('eve'), make('eve'), make('eve')])).toEqual([201, 201, 409])
    await site.ask('POST', `/${(await live('eve'))[0]?.id}/revoke`, { as: 'eve' })
    expect(await statuses([make('eve'), make('eve')])).toEqual([201, 409])
  })

  test('a rotation is let through at the limit, yet chains of them are not', async () => {
    const rotate = async (id: string) => site.ask('POST', `/${id}/rotate`, { as: 'joe', body: { grace: '30d' } })
    const ids: string[] = []
    for (let i = 0; i < most; i++) ids.push((await make('joe')).body.apiKey.id)
    const successors = await Promise.all(ids.map(rotate))
    expect(successors.map(({ status }) => status)).toEqual(ids.map(() => 201))
    expect((await make('joe')).status).toBe(409)
    const again = await Promise.all(successors.map(({ body }) => rotate(body.apiKey.id)))
    expect(again.map(({ status }) => status)).toEqual(ids.map(() => 409))
    expect(await live('joe')).toHaveLength(2 * most)
  })
})

test('on PostgreSQL it holds whatever isolation the own client of an app is set to', async () => {
  const url = await freshPostgres()
  await migrateDatabase(createApiKeys({ url }))
  const { sql, close } = await connect(url)
  await sql("INSERT INTO users (id, email, updated_at) VALUES ('ada', 'ada@example.com', now())")
  const adapter = new PrismaPg({ connectionString: url })
  const prisma = new PrismaClient({ adapter, transactionOptions: { isolationLevel: 'RepeatableRead' } })
  const keys = createApiKeys({ prisma })
  const people = { ada: { ownerId: 'ada', scopes: [] } }
  const { ask } = await management({ keys, people, options: { maxKeysPerOwner: most } })
  await Promise.all(Array.from({ length: 20 }, () => ask('POST', '/', { as: 'ada', body: { name: 'x' } })))
  expect((await keys.list({ ownerId: 'ada', limit: 100 })).items).toHaveLength(most)
  await keys.close()
  await prisma.$disconnect()
  await close()
})
