/** Rows of an app that has a Prisma client of its own, with ids of other types than text. */
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { generatedClient } from '../helpers/generated-client.js'
import { oldKey } from '../helpers/old-keys.js'
import { isLong } from '../helpers/rounds.js'

const uuid = (digit: string) =>
  `${digit.repeat(8)}-${digit.repeat(4)}-4${digit.repeat(3)}-8${digit.repeat(3)}-${digit.repeat(12)}`

const numericOwners = (type: string) => (schema: string) =>
  schema
    .replace(/(model User \{\s+id +)String( +@id) .*/, `$1${type}$2 @default(autoincrement())`)
    .replace(/(userId +)String/, `$1${type}`)

const numericKeys = (schema: string) =>
  schema
    .replace(/(model ApiKey \{\s+id +)String( +@id) .*/, '$1Int$2 @default(autoincrement())')
    .replace(/(rotatedFromId +)String/, '$1Int')

const uuids = (schema: string) =>
  schema
    .replace(/(model User \{\s+id .*)/, '$1 @db.Uuid')
    .replace(/(model ApiKey \{\s+id .*)/, '$1 @db.Uuid')
    .replace(/(userId +String .*)/, '$1 @db.Uuid')
    .replace(/(rotatedFromId +String\? .*)/, '$1 @db.Uuid')

// Generating a client takes seconds.
describe.runIf(isLong).each(databases)('on $name', (database) => {
  const isPostgres = database.provider === 'postgresql'
  const addUser = 'INSERT INTO users (email, name, is_active, updated_at) VALUES (?, ?, true, CURRENT_TIMESTAMP)'

  test.each(isPostgres ? ['Int', 'BigInt'] : ['Int'])('owners with ids of type %s', async (type) => {
    const { prisma, sql } = await generatedClient(database, numericOwners(type))
    await sql(addUser, 'ada@example.com', 'ada')
    const keys = createApiKeys({ prisma, cache: false })
    const old = [oldKey('1'), oldKey('1')]
    const rows = [old[0]?.row ?? {}, { ...old[1]?.row, user_id: 1 }]
    expect(await keys.import(rows)).toMatchObject({ imported: 2 })
    for (const { token, row } of old)
      expect((await keys.verify(token)).apiKey).toMatchObject({ id: row.id, ownerId: type === 'Int' ? 1 : 1n })
    expect(await keys.import(rows)).toMatchObject({ unchanged: 2 })
    const bad = await keys.import([oldKey('2').row, oldKey('ada').row], { dryRun: true })
    expect(bad.problems).toMatchObject([
      { row: 1, reason: expect.stringContaining('no owner with the id 2') },
      { row: 2, reason: expect.stringMatching(/whole numbers as ids; ada is none$/) }
    ])
    expect(bad.hints).toEqual([expect.stringContaining("the app's own model")])
    await expect(keys.import(rows, { createOwners: true })).rejects.toMatchObject({ field: 'createOwners' })
    await keys.close()
  })

  test('keys with ids that are numbers get new ones, and are known again by their hash', async () => {
    const { prisma, sql } = await generatedClient(database, numericKeys)
    await sql(addUser.replace('(email', '(id, email').replace('(?', "('ada', ?"), 'ada@example.com', 'ada')
    const keys = createApiKeys({ prisma, cache: false })
    const old = oldKey('ada', { id: '77' })
    expect(await keys.import([old.row, { ...oldKey('ada').row, id: 78 }])).toMatchObject({ imported: 2 })
    const { apiKey } = await keys.verify(old.token)
    expect(apiKey.id).toBeTypeOf('number')
    expect((await keys.events({ apiKeyId: apiKey.id })).items).toMatchObject([{ type: 'imported' }])
    expect(await keys.import([old.row])).toMatchObject({ imported: 0, unchanged: 1 })
    await expect(keys.create({ ownerId: 'ada', name: 'new' })).resolves.toMatchObject({ apiKey: { name: 'new' } })
    await keys.close()
  })

  test.runIf(isPostgres)('ids that are UUIDs of the database', async () => {
    const { prisma, sql } = await generatedClient(database, uuids)
    const ada = uuid('a')
    await sql(addUser.replace('(email', '(id, email').replace('(?', `('${ada}', ?`), 'ada@example.com', 'ada')
    const keys = createApiKeys({ prisma, cache: false })
    const [kept, other] = [oldKey(ada.toUpperCase(), { id: uuid('b') }), oldKey(ada, { id: 'key_17' })]
    expect(await keys.import([kept.row, other.row])).toMatchObject({ imported: 2 })
    expect((await keys.verify(kept.token)).apiKey.id).toBe(uuid('b'))
    expect((await keys.verify(other.token)).apiKey.id).toMatch(/^[0-9a-f-]{36}$/)
    expect(await keys.import([kept.row, other.row])).toMatchObject({ unchanged: 2 })
    const bad = await keys.import([oldKey(uuid('c')).row, oldKey('ada').row, oldKey(ada).row], { dryRun: true })
    expect(bad.problems).toMatchObject([
      { row: 1, reason: expect.stringContaining('no owner') },
      { row: 2, reason: expect.stringContaining('no owner with the id ada') }
    ])
    const twice = ['d', 'D'].map((digit) => oldKey(ada, { id: uuid(digit) }).row)
    expect((await keys.import(twice, { dryRun: true })).problems).toEqual([
      { row: 2, reason: 'it has the same id as row 1' }
    ])
    await keys.close()
  })
})
