/** Ids of keys and owners as an app's own models have them: UUIDs that the database checks, and numbers that it counts. */
import { type ApiKeys, createApiKeys, type Id } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { generatedClient } from '../helpers/generated-client.js'
import { type Management, management } from '../helpers/management.js'
import { isLong } from '../helpers/rounds.js'
import { until } from '../helpers/until.js'

/** Every id of the schema is of this type, the events' among them where they are numbers. */
const ofType = (type: string, ids: string, textIds: string) => (schema: string) =>
  schema
    .replace(/(model User \{\s+)id +String +@id .*/, `$1uuid ${type} @id ${ids}`)
    .replace('references: [id]', 'references: [uuid]')
    .replace(/(model ApiKey(?:Event)? \{\s+id +)String +@id .*/g, `$1${type} @id ${ids}`)
    .replace(/(userId +)String/, `$1${type}`)
    .replace(/(rotatedFromId +)String\?/, `$1${type.replace(/^\w+/, '$&?')}`)
    .replaceAll(/((?:apiKeyId|ownerId) +)String/g, `$1${textIds}`)

const uuids = ofType('String @db.Uuid', '@default(uuid(7))', 'String @db.Uuid')
const counted = (type: string) => ofType(type, '@default(autoincrement())', 'String')

const [sqlite, postgres] = databases
if (!sqlite || !postgres) throw new Error('no databases to test with')

const unknownUuid = '00000000-0000-7000-8000-000000000000'
const forms = [
  {
    name: 'Int, on SQLite',
    database: sqlite,
    schema: counted('Int'),
    typeOfId: 'number',
    unknown: '2147483647',
    inShort: false
  },
  {
    name: 'UUID, on PostgreSQL',
    database: postgres,
    schema: uuids,
    typeOfId: 'string',
    unknown: unknownUuid,
    inShort: true
  },
  {
    name: 'Int, on PostgreSQL',
    database: postgres,
    schema: counted('Int'),
    typeOfId: 'number',
    unknown: '9',
    inShort: false
  },
  {
    name: 'BigInt, on PostgreSQL',
    database: postgres,
    schema: counted('BigInt'),
    typeOfId: 'bigint',
    unknown: '9223372036854775807',
    inShort: false
  }
]

const none = [
  'garbage',
  '1.0',
  '0x2',
  '01',
  '-0',
  ' 1',
  '1e3',
  '99999999999999999999',
  `{${unknownUuid}}`,
  unknownUuid.replaceAll('-', '')
]

// Generating a client takes seconds.
describe.each(forms.filter(({ inShort }) => isLong || inShort))('$name', ({ database, schema, typeOfId, unknown }) => {
  const isNumber = typeOfId !== 'string'
  let client: object
  let keys: ApiKeys
  let ada: Id
  let api: Management
  beforeAll(async () => {
    const { prisma, sql } = await generatedClient(database, schema)
    const id = isNumber ? '' : 'uuid, '
    const value = isNumber ? '' : "'0190F3C1-7AAA-7BBB-8CCC-0123456789AB', "
    await sql(
      `INSERT INTO users (${id}email, is_active, updated_at) VALUES (${value}'ada@example.com', true, CURRENT_TIMESTAMP)`
    )
    // An extension hides nothing of the schema.
    const extended = (prisma as { $extends(extension: object): object }).$extends({ name: 'any' })
    client = isNumber ? prisma : extended
    keys = createApiKeys({
      prisma: client,
      models: { owner: { fields: { id: 'uuid' } } },
      flushIntervalMs: 10
    })
    ada = (await keys.findOwner('ada@example.com'))?.id ?? ''
    const people = { ada: { ownerId: ada, scopes: ['*'], allOwners: true } }
    api = await management({ keys, people })
  })

  test("the owner's id is `id`, whatever the field is called, and of the type that the model has", async () => {
    expect(typeof ada).toBe(typeOfId)
    const { token, apiKey } = await keys.create({ ownerId: String(ada), name: 'laptop' })
    expect((await keys.verify(token)).owner).toEqual({ id: ada, email: 'ada@example.com', name: null, isActive: true })
    expect([typeof apiKey.id, apiKey.ownerId]).toEqual([typeOfId, ada])
  })

  test('a key lives its whole life by its id, as it is and as text', async () => {
    const { token, apiKey } = await keys.create({ ownerId: ada, name: 'first', expiresIn: '20d' })
    const text = String(apiKey.id)
    expect(await keys.get(apiKey.id)).toEqual(apiKey)
    expect(await keys.get(text)).toEqual(apiKey)
    expect((await keys.update(text, { name: 'renamed' })).name).toBe('renamed')
    await keys.verify(token)
    await until(async () => (await keys.get(text))?.usageCount === 1)
    expect((await keys.usage(text)).allowed).toBe(1)
    const { apiKey: successor } = await keys.rotate(text, { grace: '1h' })
    expect(successor.rotatedFromId).toBe(apiKey.id)
    await expect(keys.rotate(apiKey.id, { grace: 0 })).rejects.toMatchObject({ code: 'conflict' })
    expect((await keys.findExpiring({ within: '30d' })).items.map(({ id }) => id)).toEqual([successor.id])
    expect((await keys.revoke(String(successor.id))).status).toBe('revoked')
    expect((await keys.get(text))?.status).toBe('revoked')
    expect((await keys.events({ apiKeyId: text })).items.map(({ type }) => type)).toEqual([
      'revoked',
      'rotated',
      'updated',
      'created'
    ])
    expect((await keys.delete(text)).id).toBe(apiKey.id)
    expect((await keys.get(successor.id))?.rotatedFromId).toBe(apiKey.id)
    expect(await keys.get(text)).toBeNull()
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect((await keys.prune({ olderThan: 0 })).deleted).toBeGreaterThanOrEqual(1)
  })

  test('lists and the trail go on behind a row', async () => {
    const made = []
    for (const name of ['a', 'b', 'c']) made.unshift((await keys.create({ ownerId: ada, name })).apiKey.id)
    const seen: Id[] = []
    let trail = 0
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await keys.list({ ownerId: ada, limit: 2, ...(cursor && { cursor }) })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
    }
    expect(seen.slice(0, 3)).toEqual(made)
    for (let cursor: string | null = ''; cursor !== null; trail++)
      cursor = (await keys.events({ limit: 1, ...(cursor && { cursor }) })).nextCursor
    expect(trail).toBe((await keys.events({ limit: 100 })).items.length)
  })

  test('the management API takes them in paths', async () => {
    const made = await api.ask('POST', '/', { as: 'ada', body: { name: 'by rest', ownerId: String(ada) } })
    const { id } = made.body.apiKey
    expect(await api.ask('GET', `/${id}`, { as: 'ada' })).toMatchObject({
      status: 200,
      body: { id, ownerId: String(ada) }
    })
    for (const path of [`/${id}/usage`, `/${id}/events`])
      expect((await api.ask('GET', path, { as: 'ada' })).status).toBe(200)
    for (const path of ['garbage', unknown].flatMap((id) => [`/${id}`, `/${id}/usage`, `/${id}/events`]))
      expect(await api.ask('GET', path, { as: 'ada' })).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect((await api.ask('DELETE', `/${id}`, { as: 'ada' })).status).toBe(204)
  })

  test.each([...none, unknown])('there is no key with the id %j', async (id) => {
    const notFound = { code: 'not_found' }
    expect(await keys.get(id)).toBeNull()
    await expect(keys.update(id, { name: 'x' })).rejects.toMatchObject(notFound)
    await expect(keys.rotate(id, { grace: 0 })).rejects.toMatchObject(notFound)
    await expect(keys.revoke(id)).rejects.toMatchObject(notFound)
    await expect(keys.delete(id)).rejects.toMatchObject(notFound)
    await expect(keys.usage(id)).rejects.toMatchObject(notFound)
    expect((await keys.events({ apiKeyId: id })).items).toEqual([])
  })

  test('one that is none does no harm to those who ask at the same time', async () => {
    const { apiKey } = await keys.create({ ownerId: ada, name: 'laptop' })
    expect(await Promise.all([keys.get('garbage'), keys.get(apiKey.id)])).toEqual([null, apiKey])
  })

  test('a cursor with an id that is none is refused', async () => {
    const cursor = Buffer.from(JSON.stringify([Date.now(), 'string', 'garbage'])).toString('base64url')
    const refused = { code: 'invalid_argument', field: 'cursor' }
    await expect(keys.list({ cursor })).rejects.toMatchObject(refused)
    await expect(keys.findExpiring({ within: '1d', cursor })).rejects.toMatchObject(refused)
    await expect(keys.events({ cursor })).rejects.toMatchObject(refused)
  })

  test.runIf(!isNumber)(
    'of a client that keeps its schema to itself, an id that is none is a mistake and no outage',
    async () => {
      const silent = new Proxy(client, {
        get: (target, name) => (name === '_engineConfig' ? undefined : Reflect.get(target, name))
      })
      const other = createApiKeys({ prisma: silent, models: { owner: { fields: { id: 'uuid' } } } })
      await expect(other.get('garbage')).rejects.toMatchObject({
        code: 'invalid_argument',
        message: 'A value is none that its column in the database can have.'
      })
      await other.close()
    }
  )

  test('an owner whose id can be none', async () => {
    const refusal = { code: isNumber ? 'invalid_argument' : 'owner_not_found' }
    await expect(keys.create({ ownerId: 'garbage', name: 'x' })).rejects.toMatchObject(refusal)
    await expect(keys.create({ ownerId: unknown, name: 'x' })).rejects.toMatchObject({ code: 'owner_not_found' })
    if (isNumber) return
    expect((await keys.list({ ownerId: 'garbage' })).items).toEqual([])
    expect((await keys.events({ ownerId: 'garbage' })).items).toEqual([])
    expect((await keys.findExpiring({ within: '1d', ownerId: 'garbage' })).items).toEqual([])
    expect(await keys.revokeOwner('garbage')).toEqual({ revoked: 0 })
  })
})
