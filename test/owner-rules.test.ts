/** What an app says of its owners: which columns it sees, who is active, and what they may do at this moment. */
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { databases } from './helpers/databases.js'
import { embeddedKeys } from './helpers/embedded-keys.js'
import { generatedClient } from './helpers/generated-client.js'
import { freshKeys } from './helpers/keys.js'
import { recordEvents } from './helpers/recorded-events.js'
import { isLong } from './helpers/rounds.js'
import { userClient } from './helpers/user-client.js'

describe('isOwnerActive', () => {
  test('refuses the keys of those whom the app finds inactive, until that changes', async () => {
    const { keys, issue, sql } = await embeddedKeys({ isOwnerActive: ({ name }) => name !== 'Gone' })
    const { token } = await issue()
    await keys.verify(token)
    await sql("UPDATE users SET name = 'Gone'")
    await expect.poll(() => keys.verify(token).catch(({ reason }) => reason), { timeout: 5_000 }).toBe('owner_inactive')
    await sql("UPDATE users SET name = 'Back'")
    await expect.poll(() => keys.verify(token).catch(() => undefined), { timeout: 5_000 }).toBeDefined()
  })

  test('adds to isActive, and does not take its place', async () => {
    const { keys, issue, sql } = await embeddedKeys({ isOwnerActive: () => true })
    await sql('UPDATE users SET is_active = 0')
    await expect(keys.verify((await issue()).token)).rejects.toMatchObject({ reason: 'owner_inactive' })
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('no')
      }
    ],
    ['returns a promise', async () => true],
    [
      'rejects',
      async () => {
        throw new Error('no')
      }
    ],
    ['returns nothing', () => undefined],
    ['returns 1', () => 1]
  ])('that %s lets nobody in, and an event says so', async (_, isOwnerActive) => {
    const { keys, issue } = await embeddedKeys({ isOwnerActive: isOwnerActive as never })
    const events = recordEvents()
    await expect(keys.verify((await issue()).token)).rejects.toMatchObject({ reason: 'owner_inactive' })
    const damaged = events.find(({ name }) => name === 'keystile:damaged')
    expect(damaged?.payload).toMatchObject({ fields: ['isOwnerActive'] })
  })
})

describe('effectiveScopes', () => {
  test.each([
    [['*'], ['reports:read'], ['reports:read']],
    [['reports:*'], ['reports:read', 'users:read'], ['reports:read']],
    [['reports:read', 'users:read'], ['reports:*'], ['reports:read']],
    [['reports:read'], ['*'], ['reports:read']],
    [['reports:*'], ['reports:*'], ['reports:*']],
    [['reports:read'], [], []],
    [[], ['*'], []],
    [['reports:read'], ['reports:write'], []]
  ])('a key with %j whose owner may %j has %j', async (scopes, rights, effective) => {
    const { keys, issue } = await embeddedKeys({ effectiveScopes: () => rights })
    const { token, apiKey } = await issue({ scopes })
    const found = (await keys.verify(token)).apiKey
    expect(found.scopes).toEqual(effective)
    expect(found.createdAt).toEqual(apiKey.createdAt)
    expect(Object.isFrozen(found)).toBe(true)
    expect((await keys.get(apiKey.id))?.scopes).toEqual(scopes)
  })

  test('follows what the owner is, and is told the key too', async () => {
    const { keys, issue, sql } = await embeddedKeys({
      effectiveScopes: ({ name }, apiKey) => (name === 'Admin' && apiKey.name === 'laptop' ? ['*'] : ['reports:read'])
    })
    const { token } = await issue({ scopes: ['reports:*'] })
    const scopes = async () => (await keys.verify(token)).apiKey.scopes
    expect(await scopes()).toEqual(['reports:read'])
    await sql("UPDATE users SET name = 'Admin'")
    await expect.poll(scopes, { timeout: 5_000 }).toEqual(['reports:*'])
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('no')
      }
    ],
    ['returns a promise', async () => ['*']],
    [
      'rejects',
      async () => {
        throw new Error('no')
      }
    ],
    ['returns text', () => '*'],
    ['returns what is no scope', () => ['*', 7]]
  ])('that %s leaves a key no scope, and an event says so', async (_, effectiveScopes) => {
    const { keys, issue } = await embeddedKeys({ effectiveScopes: effectiveScopes as never })
    const { token } = await issue({ scopes: ['*'] })
    const events = recordEvents()
    expect((await keys.verify(token)).apiKey.scopes).toEqual([])
    expect(events.find(({ name }) => name === 'keystile:damaged')?.payload).toMatchObject({
      fields: ['effectiveScopes']
    })
  })
})

describe.each(databases)('ownerSelect on $name', (database) => {
  test('narrows what the app sees, and isActive counts all the same', async () => {
    const db = await freshKeys(database)
    const prisma = userClient(db.url)
    const keys = createApiKeys({ prisma, ownerSelect: { email: true } })
    const { token } = await keys.create({ ownerId: db.owner.id, name: 'laptop' })
    expect((await keys.verify(token)).owner).toEqual({ id: db.owner.id, email: db.owner.email })
    await db.sql('UPDATE users SET is_active = false')
    await expect(keys.verify(token)).rejects.toMatchObject({ reason: 'owner_inactive' })
    await keys.close()
    await prisma.$disconnect()
  })

  test('of a column that the triggers do not watch leaves nothing remembered, and an event names it', async () => {
    const db = await freshKeys(database)
    const prisma = userClient(db.url)
    const keys = createApiKeys({ prisma, feedUrl: db.url, ownerSelect: { createdAt: true } })
    const events = recordEvents()
    const { token } = await keys.create({ ownerId: db.owner.id, name: 'laptop' })
    expect((await keys.verify(token)).owner).toMatchObject({ createdAt: expect.any(Date) })
    const lost = () => events.find(({ name }) => name === 'keystile:feed')?.payload
    await expect
      .poll(lost, { timeout: 5_000 })
      .toMatchObject({ state: 'lost', message: expect.stringContaining('created_at') })
    await keys.close()
    await prisma.$disconnect()
  })

  // Generating a client takes seconds.
  test.runIf(isLong)(
    'more than the usual columns, of an app’s own model; a password is never among them by default',
    async () => {
      const { prisma, sql } = await generatedClient(database, (schema) =>
        schema.replace('apiKeys   ApiKey[]', 'apiKeys   ApiKey[]\n  plan      String\n  password  String')
      )
      await sql(
        "INSERT INTO users (id, email, is_active, updated_at, plan, password) VALUES ('ada', 'ada@example.com', true, CURRENT_TIMESTAMP, 'pro', 'hunter2')"
      )
      const plain = createApiKeys({ prisma })
      const { token } = await plain.create({ ownerId: 'ada', name: 'laptop', scopes: ['*'] })
      expect((await plain.verify(token)).owner).toEqual({
        id: 'ada',
        email: 'ada@example.com',
        name: null,
        isActive: true
      })
      const keys = createApiKeys({
        prisma,
        ownerSelect: { plan: true },
        effectiveScopes: ({ plan }) => (plan === 'pro' ? ['reports:*'] : [])
      })
      expect(await keys.verify(token)).toMatchObject({
        owner: { id: 'ada', plan: 'pro' },
        apiKey: { scopes: ['reports:*'] }
      })
      await Promise.all([plain.close(), keys.close()])
    }
  )
})

test('what is no rule is a TypeError when the app is built', async () => {
  const [sqlite] = databases
  const prisma = userClient((await sqlite?.fresh()) ?? '')
  const make = (options: object) => () => createApiKeys({ prisma, ...options } as object)
  expect(make({ ownerSelect: { emial: true } })).toThrow(
    'ownerSelect: the Prisma model User has no column "emial"; did you mean "email"?'
  )
  expect(make({ ownerSelect: { apiKeys: true } })).toThrow('ownerSelect: the Prisma model User has no column "apiKeys"')
  expect(make({ ownerSelect: ['email'] })).toThrow(
    'ownerSelect takes the columns of the owner, such as { email: true }, not an array.'
  )
  expect(make({ ownerSelect: { email: false } })).toThrow('such as { email: true }, not false.')
  expect(make({ isOwnerActive: true })).toThrow('isOwnerActive must be a function of the owner, not true.')
  expect(make({ effectiveScopes: ['a'] })).toThrow('effectiveScopes must be a function of the owner, not an array.')
  expect(() => createApiKeys({ url: 'file:./x.db', ownerSelect: { email: true } })).toThrow(
    'ownerSelect goes with prisma'
  )
})
