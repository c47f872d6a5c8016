/** Keys without a relation to an owner's row: whoever `userId` names is the owner. */
import { type ApiKeys, createApiKeys } from 'keystile'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { feedTriggersSql, makeTriggers } from '../helpers/feed-triggers.js'
import { type GeneratedClient, generatedClient } from '../helpers/generated-client.js'
import { management } from '../helpers/management.js'
import { oldKey } from '../helpers/old-keys.js'
import { isLong } from '../helpers/rounds.js'
import { until } from '../helpers/until.js'

const models = { owner: false } as const

const ownerless = (schema: string) =>
  schema
    .replace(/model User \{[^}]*\}/, '')
    .replace(/ +user +User .*\n/, '')
    .replace(/(userId +)String/, '$1Int')

// Generating a client takes seconds.
describe.each(isLong ? databases : databases.slice(0, 1))('on $name', (database) => {
  let app: GeneratedClient
  let keys: ApiKeys
  beforeAll(async () => {
    app = await generatedClient(database, ownerless)
    keys = createApiKeys({ prisma: app.prisma, models, feedUrl: app.url })
    await makeTriggers(app.url, keys)
  })
  afterAll(() => keys.close())

  test('the owner is the id that the key has', async () => {
    const { token, apiKey } = await keys.create({ ownerId: 7, name: 'laptop', scopes: ['a'] })
    expect(await keys.verify(token)).toMatchObject({ owner: { id: 7 }, apiKey: { id: apiKey.id, scopes: ['a'] } })
    expect(Object.keys((await keys.verify(token)).owner)).toEqual(['id'])
    expect(Object.isFrozen((await keys.verify(token)).owner)).toBe(true)
    expect((await keys.list({ ownerId: '7' })).items.map(({ id }) => id)).toContain(apiKey.id)
    expect(await keys.revokeOwner(7)).toEqual({ revoked: 1 })
  })

  test('the feed asks for no trigger of owners, and a revocation by plain SQL spreads', async () => {
    expect(feedTriggersSql(keys, app.url)).not.toContain('owner')
    const { token, apiKey } = await keys.create({ ownerId: 7, name: 'laptop' })
    await until(async () => (await keys.verify(token)) && keys.health().cache === 'fresh')
    await keys.verify(token)
    await app.sql('UPDATE api_keys SET is_active = false WHERE id = ?', String(apiKey.id))
    await until(() =>
      keys.verify(token).then(
        () => false,
        ({ reason }) => reason === 'revoked'
      )
    )
  })

  test('keys of another system are imported, whomever they name', async () => {
    const { token, row } = oldKey('4711')
    expect(await keys.import([row])).toMatchObject({ imported: 1 })
    expect((await keys.verify(token)).owner).toEqual({ id: 4711 })
    const { problems } = await keys.import([oldKey('ada').row], { dryRun: true })
    expect(problems).toMatchObject([{ row: 1, reason: expect.stringContaining('whole numbers') }])
  })

  test('findOwner and ensureOwner say what to do', async () => {
    const refused = { code: 'invalid_argument', field: 'email' }
    await expect(keys.findOwner('a@b.c')).rejects.toMatchObject({
      ...refused,
      message: 'keystile knows no owners here (models: { owner: false }): name the owner by its id.'
    })
    await expect(keys.ensureOwner({ email: 'a@b.c' })).rejects.toMatchObject(refused)
  })

  test('the management API keeps owners apart', async () => {
    const { ask } = await management({
      keys,
      people: { one: { ownerId: 1, scopes: [] }, two: { ownerId: 2, scopes: [] } }
    })
    const made = await ask('POST', '/', { as: 'one', body: { name: 'laptop' } })
    expect(made).toMatchObject({ status: 201, body: { apiKey: { ownerId: '1' } } })
    expect((await ask('GET', `/${made.body.apiKey.id}`, { as: 'two' })).status).toBe(404)
    expect((await ask('GET', '/', { as: 'one' })).body.items).toHaveLength(1)
  })

  test.each([
    ['ownerSelect', { email: true }],
    ['isOwnerActive', () => true],
    ['effectiveScopes', () => []]
  ])('%s is a TypeError when the app is built', (option, value) => {
    expect(() => createApiKeys({ prisma: app.prisma, models, [option]: value } as object)).toThrow(
      new TypeError(`${option} needs the owner's row, and models: { owner: false } says that there is none.`)
    )
  })

  test('a relation that is missing by mistake is an error', () => {
    expect(() => createApiKeys({ prisma: app.prisma })).toThrow(
      /The Prisma model ApiKey lacks user\. .*npx keystile init.*npx prisma migrate dev.*owner: false/
    )
  })
})
