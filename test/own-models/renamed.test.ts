/** An app whose schema has another name for everything: the whole product works on it. */
import express from 'express'
import { apiKeyAuth, createApiKeys, requireScopes } from 'keystile'
import { apiKeyRateLimit } from 'keystile/rate-limit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../src/prisma-store/client.js'
import { mapClient } from '../../src/prisma-store/mapped-client.js'
import { parseModels } from '../../src/prisma-store/model-names.js'
import { databases } from '../helpers/databases.js'
import { serve } from '../helpers/express-apps.js'
import { makeTriggers } from '../helpers/feed-triggers.js'
import { type GeneratedClient, generatedClient } from '../helpers/generated-client.js'
import { management } from '../helpers/management.js'
import { oldKey } from '../helpers/old-keys.js'
import { renamedModels, renamedSchema } from '../helpers/renamed-schema.js'
import { isLong } from '../helpers/rounds.js'
import { until } from '../helpers/until.js'

const withPassword = (schema: string) =>
  schema.replace('apiKeys   Token[]', 'apiKeys   Token[]\n  passwordHash String?\n  plan String?')

// Generating a client takes seconds.
describe.each(isLong ? databases : databases.slice(1))('on $name', (database) => {
  let app: GeneratedClient
  let keys: ReturnType<typeof createApiKeys>
  beforeAll(async () => {
    app = await generatedClient(database, (schema) => withPassword(renamedSchema(schema)))
    for (const name of ['ada', 'bob', 'eve'])
      await app.sql(
        'INSERT INTO app_users (c_id, c_email, c_name, "passwordHash", plan, c_updated_at) VALUES (?, ?, ?, ?, ?, CURRENT_TIMESTAMP)',
        name,
        `${name}@example.com`,
        name,
        'hunter2',
        'pro'
      )
    keys = createApiKeys({ prisma: app.prisma, models: renamedModels, feedUrl: app.url, flushIntervalMs: 10 })
    await makeTriggers(app.url, keys)
  })
  afterAll(() => keys.close())

  test('the owner has the usual names, and no password', async () => {
    const { token } = await keys.create({ ownerId: 'ada', name: 'laptop' })
    const owner = { id: 'ada', email: 'ada@example.com', name: 'ada', isActive: true }
    expect((await keys.verify(token)).owner).toEqual(owner)
    expect(await keys.findOwner('ada@example.com')).toEqual(owner)
  })

  test('ownerSelect takes the names of the schema, and shows those that keystile has a name for by that', async () => {
    const some = createApiKeys({
      prisma: app.prisma,
      models: renamedModels,
      ownerSelect: { itsEmail: true, plan: true },
      effectiveScopes: ({ id, plan }) => (plan === 'pro' && id === 'ada' ? ['*'] : [])
    })
    const { token } = await some.create({ ownerId: 'ada', name: 'laptop', scopes: ['reports:read'] })
    expect(await some.verify(token)).toMatchObject({
      owner: { id: 'ada', email: 'ada@example.com', plan: 'pro' },
      apiKey: { scopes: ['reports:read'] }
    })
    expect(Object.keys((await some.verify(token)).owner).sort()).toEqual(['email', 'id', 'plan'])
    await some.close()
  })

  test('an owner who is inactive by the column of another name is refused, as soon as the feed tells', async () => {
    const { token } = await keys.create({ ownerId: 'eve', name: 'laptop' })
    await until(async () => (await keys.verify(token)) && keys.health().cache === 'fresh')
    await keys.verify(token)
    await app.sql("UPDATE app_users SET c_is_active = false WHERE c_id = 'eve'")
    await until(() =>
      keys.verify(token).then(
        () => false,
        ({ reason }) => reason === 'owner_inactive'
      )
    )
  })

  test('a revocation by plain SQL spreads to what is remembered', async () => {
    const { token, apiKey } = await keys.create({ ownerId: 'ada', name: 'laptop' })
    await until(async () => (await keys.verify(token)) && keys.health().cache === 'fresh')
    await keys.verify(token)
    await app.sql('UPDATE app_api_keys SET c_is_active = false WHERE c_id = ?', String(apiKey.id))
    await until(() =>
      keys.verify(token).then(
        () => false,
        ({ reason }) => reason === 'revoked'
      )
    )
  })

  test('uses are counted, by the hour too, and what has gone by is pruned', async () => {
    const { token, apiKey } = await keys.create({ ownerId: 'ada', name: 'busy' })
    for (let i = 0; i < 3; i++) await keys.verify(token, { ip: '192.0.2.1' })
    await until(async () => (await keys.usage(apiKey.id)).allowed === 3)
    expect(await keys.get(apiKey.id)).toMatchObject({ usageCount: 3, lastUsedIp: '192.0.2.1' })
    await keys.revoke(apiKey.id)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect((await keys.prune({ olderThan: 0 })).deleted).toBeGreaterThanOrEqual(1)
    expect(await keys.get(apiKey.id)).toBeNull()
    expect((await keys.events({ apiKeyId: apiKey.id })).items.map(({ type }) => type)).toEqual([
      'deleted',
      'revoked',
      'created'
    ])
    const later = createApiKeys({
      prisma: app.prisma,
      models: renamedModels,
      now: () => Date.now() + 500 * 86_400_000,
      cache: false
    })
    const { deletedEvents, deletedHours } = await later.prune()
    expect(deletedEvents).toBeGreaterThanOrEqual(3)
    expect(deletedHours).toBeGreaterThanOrEqual(1)
    await later.close()
  })

  test('the management API does all that it does', async () => {
    const bob = { ownerId: 'bob', scopes: ['reports:*'] }
    const boss = { ownerId: 'ada', scopes: ['*'], allOwners: true }
    const { ask } = await management({ keys, people: { bob, boss }, options: { maxKeysPerOwner: 2 } })
    const made = await ask('POST', '/', {
      as: 'bob',
      body: { name: 'one', scopes: ['reports:read'], expiresIn: '14d' }
    })
    expect(made.status).toBe(201)
    const { id } = made.body.apiKey
    expect((await ask('PATCH', `/${id}`, { as: 'bob', body: { name: 'first' } })).body.name).toBe('first')
    const rotated = await ask('POST', `/${id}/rotate`, { as: 'bob', body: { grace: '1h' } })
    expect((await ask('GET', `/${id}`, { as: 'bob' })).body.rotatedToId).toBe(rotated.body.apiKey.id)
    expect((await ask('POST', `/${id}/rotate`, { as: 'bob', body: { grace: '1h' } })).status).toBe(409)
    expect((await ask('POST', '/', { as: 'bob', body: { name: 'three' } })).body.code).toBe('limit_reached')
    expect((await ask('GET', '/?include=usage&limit=1', { as: 'bob' })).body.items).toHaveLength(1)
    const { nextCursor } = (await ask('GET', '/?limit=1', { as: 'bob' })).body
    const second = await ask('GET', `/?limit=1&cursor=${nextCursor}`, { as: 'bob' })
    expect(second.body.items.map((key) => key.id)).toEqual([id])
    expect((await keys.findExpiring({ within: '30d', ownerId: 'bob' })).items.map((key) => key.id)).toEqual([
      rotated.body.apiKey.id
    ])
    expect((await ask('GET', `/${id}/events`, { as: 'bob' })).body.items.map(({ type }) => type)).toEqual([
      'rotated',
      'updated',
      'created'
    ])
    expect((await ask('GET', '/?ownerId=bob', { as: 'boss' })).body.items).toHaveLength(2)
    expect((await ask('POST', '/', { as: 'boss', body: { name: 'x', ownerId: 'nobody' } })).body.code).toBe(
      'owner_not_found'
    )
    expect((await ask('POST', `/${rotated.body.apiKey.id}/revoke`, { as: 'bob', body: {} })).status).toBe(200)
    await expect(keys.verify(made.body.token)).rejects.toMatchObject({ reason: 'revoked' })
    expect((await ask('DELETE', `/${id}`, { as: 'bob' })).status).toBe(204)
    expect(await keys.revokeOwner('bob')).toEqual({ revoked: 0 })
  })

  test('conditions, orders, places and rows are translated at every depth; a client of the usual names is left as it is', async () => {
    const made = []
    for (const name of ['p', 'q', 'r']) made.push((await keys.create({ ownerId: 'bob', name })).apiKey.id)
    const { apiKey } = mapClient(app.prisma as Client, parseModels(renamedModels))
    const ofBob = { OR: [{ user: { email: 'bob@example.com' } }, { AND: [{ name: 'none' }] }] }
    const where = { AND: [ofBob, { NOT: { name: { in: ['q'] } } }, { name: { in: ['p', 'q', 'r'] } }] }
    const page = { where, orderBy: [{ name: 'desc' }, { id: 'asc' }], cursor: { id: made[2] }, skip: 1, take: 5 }
    const select = { id: true, user: { select: { id: true, name: true, plan: true } } }
    expect(await apiKey.findMany({ ...page, select })).toEqual([
      { id: made[0], user: { id: 'bob', name: 'bob', plan: 'pro' } }
    ])
    expect(await apiKey.count({ where: { ...where, user: { name: 'eve' } } })).toBe(0)
    const usual = app.prisma as Client
    expect(mapClient(usual, parseModels())).toBe(usual)
  })

  test('behind an extension for read replicas, the primary is asked', async () => {
    const primary = app.prisma as { $extends(extension: object): object }
    const replicated = primary.$extends({
      client: { $primary: () => primary },
      query: { token: { findUnique: async () => null, findMany: async () => [] } }
    })
    const other = createApiKeys({ prisma: replicated, models: renamedModels })
    const { token, apiKey } = await other.create({ ownerId: 'ada', name: 'laptop' })
    expect((await other.verify(token)).apiKey.id).toBe(apiKey.id)
    await other.close()
  })

  test('keys of another system are imported, and those of nobody are told', async () => {
    const { token, row } = oldKey('ada')
    expect(await keys.import([row])).toMatchObject({ imported: 1 })
    expect(await keys.verify(token)).toMatchObject({ owner: { id: 'ada' }, apiKey: { id: row.id } })
    expect(await keys.import([row])).toMatchObject({ unchanged: 1 })
    const { problems } = await keys.import([oldKey('nobody').row], { dryRun: true })
    expect(problems).toMatchObject([{ row: 1, reason: 'there is no owner with the id nobody' }])
  })

  test('guards and limits hold', async () => {
    const { token } = await keys.create({
      ownerId: 'bob',
      name: 'limited',
      scopes: ['a'],
      rateLimit: { limit: 1, window: '1h' }
    })
    const site = express().use(apiKeyAuth({ keys }), apiKeyRateLimit())
    site.get('/', requireScopes('a'), (_req, res) => void res.json({}))
    const { request } = await serve(site)
    const ask = async () => (await request({ authorization: `Bearer ${token}` })).status
    expect([await ask(), await ask()]).toEqual([200, 429])
  })

  test('deleting an owner deletes its keys', async () => {
    const { token } = await keys.create({ ownerId: 'bob', name: 'laptop' })
    await app.sql("DELETE FROM app_users WHERE c_id = 'bob'")
    await until(() =>
      keys.verify(token).then(
        () => false,
        () => true
      )
    )
    expect((await keys.list({ ownerId: 'bob' })).items).toEqual([])
  })
})
