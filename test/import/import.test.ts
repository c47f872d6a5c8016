/** keys.import() on real databases: what is written, what stays, and what keeps everything from being written. */
import { ApiKeyError, type ImportOptions, type ImportReport } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { type FreshKeys, freshKeys } from '../helpers/keys.js'
import { oldKey } from '../helpers/old-keys.js'
import { recordEvents } from '../helpers/recorded-events.js'
import { refuseInserts } from '../helpers/refused-writes.js'
import { measured, rounds } from '../helpers/rounds.js'
import { rowCounts } from '../helpers/row-counts.js'

describe.each(databases)('on $name', (database) => {
  let db: FreshKeys
  let ada: string
  beforeAll(async () => {
    db = await freshKeys(database)
    ada = String(db.owner.id)
  })

  const problemsOf = async (rows: readonly object[], options: ImportOptions = {}) =>
    (await db.keys.import(rows, { ...options, dryRun: true })).problems

  test('a key keeps all that it had', async () => {
    const { row } = oldKey(ada, { expires_at: '2031-01-31 00:00:00.000000', usage_count: '9007199254740993' })
    const report = await db.keys.import([row], {}, { actor: 'ops', ip: '192.0.2.7' })
    expect(report).toMatchObject({
      dryRun: false,
      read: 1,
      imported: 1,
      unchanged: 0,
      ownersCreated: 0,
      problems: [],
      notes: []
    })
    expect(report.hashes).toEqual({ sha256: 1, sha512: 0, hmac: 0, bcrypt: 0 })
    expect(report.forms).toEqual([
      { prefix: 'sk_', alphabet: 'token68', minLength: 20, maxLength: 255, hashAlg: 'sha256', shownLength: 0 }
    ])
    expect(await db.keys.get(row.id)).toMatchObject({
      id: row.id,
      ownerId: ada,
      name: row.name,
      keyPrefix: row.key_prefix,
      scopes: ['reports:read', 'reports:write'],
      status: 'active',
      isActive: true,
      lastUsedAt: new Date('2025-12-17T21:27:32Z'),
      lastUsedIp: '203.0.113.7',
      expiresAt: new Date('2031-01-31T00:00:00Z'),
      createdAt: new Date('2025-06-01T08:00:00Z'),
      updatedAt: new Date('2025-06-02T09:30:00Z'),
      revokedAt: null,
      damaged: []
    })
    const [stored] = await db.sql('SELECT key_hash, hash_alg, usage_count FROM api_keys WHERE id = ?', row.id)
    expect({ ...stored, usage_count: String(stored?.['usage_count']) }).toEqual({
      key_hash: row.key_hash,
      hash_alg: null,
      usage_count: '9007199254740993'
    })
    const { items } = await db.keys.events({ apiKeyId: row.id })
    expect(items).toMatchObject([
      { type: 'imported', ownerId: ada, actor: 'ops', ip: '192.0.2.7', changes: { name: row.name } }
    ])
    expect(JSON.stringify(items)).not.toContain(row.key_hash)
  })

  test('is told on its channel, once', async () => {
    const events = recordEvents()
    const rows = [oldKey(ada).row, oldKey(ada).row]
    await db.keys.import(rows)
    await db.keys.import(rows)
    const told = events.filter(({ name }) => name === 'keystile:imported')
    expect(told).toEqual([{ name: 'keystile:imported', payload: { imported: 2, ownersCreated: 0 } }])
  })

  test('can be repeated: what is there stays as it is, revoked or renamed', async () => {
    const rows = [oldKey(ada).row, oldKey(ada).row, oldKey(ada).row]
    await db.keys.import(rows.slice(0, 2))
    await db.keys.revoke(String(rows[0]?.id))
    await db.keys.update(String(rows[1]?.id), { name: 'renamed' })
    expect(await db.keys.import(rows)).toMatchObject({ read: 3, imported: 1, unchanged: 2 })
    expect(await db.keys.get(String(rows[0]?.id))).toMatchObject({ status: 'revoked' })
    expect(await db.keys.get(String(rows[1]?.id))).toMatchObject({ name: 'renamed' })
    const before = await rowCounts(db.sql)
    expect(await db.keys.import(rows)).toMatchObject({ imported: 0, unchanged: 3 })
    expect(await rowCounts(db.sql)).toEqual(before)
  })

  test('without ids can be repeated too, and ids are made', async () => {
    const { id, ...row } = oldKey(ada).row
    expect(await db.keys.import([row])).toMatchObject({ imported: 1 })
    expect(await db.keys.import([row])).toMatchObject({ imported: 0, unchanged: 1 })
    const [stored] = await db.sql('SELECT id FROM api_keys WHERE key_hash = ?', row.key_hash)
    expect(stored?.['id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('a form is recorded with its keys, or where it is said', async () => {
    const { row } = oldKey(ada, { key_prefix: 'nk_AbCdEfGh...' })
    const form = { length: 46, alphabet: 'base64url' } as const
    const recorded = () => db.sql("SELECT min_length FROM api_key_forms WHERE prefix = 'nk_' ORDER BY min_length")
    const narrow = await db.keys.import([row], { form })
    expect(narrow.forms).toMatchObject([{ prefix: 'nk_', minLength: 46 }])
    expect(await db.keys.import([row])).toMatchObject({ unchanged: 1, forms: [] })
    expect((await recorded()).map((each) => Number(each['min_length']))).toEqual([46])
    expect((await db.keys.import([row], { form: { minLength: 40 } })).forms).toMatchObject([{ minLength: 40 }])
    expect((await recorded()).map((each) => Number(each['min_length']))).toEqual([40, 46])
  })

  test('a key that was not active is revoked', async () => {
    const { row: off } = oldKey(ada, { is_active: 0 })
    const { row: ended } = oldKey(ada)
    const given = { ...ended, revoked_at: '2025-07-01 00:00:00', revoked_reason: 'lost\nat sea' }
    await db.keys.import([off, given])
    expect(await db.keys.get(off.id)).toMatchObject({
      status: 'revoked',
      isActive: false,
      revokedAt: new Date('2025-06-02T09:30:00Z'),
      revokedReason: 'not active when it was imported'
    })
    expect(await db.keys.get(ended.id)).toMatchObject({
      status: 'revoked',
      isActive: false,
      revokedAt: new Date('2025-07-01T00:00:00Z'),
      revokedReason: 'lost at sea'
    })
  })

  test('columns may be in camelCase, and have what JSON has', async () => {
    const { row } = oldKey(ada)
    const limits = { allowedIps: ['203.0.113.0/24'], rateLimit: { limit: 5, window: '1m' }, metadata: { team: 'x' } }
    await db.keys.import([
      {
        id: row.id,
        userId: ada,
        name: 'camel',
        keyHash: Buffer.from(row.key_hash, 'hex').toString('base64'),
        keyPrefix: 'sk_AbCd****',
        scopes: ['a'],
        isActive: 't',
        createdAt: 1766006852,
        usageCount: 3,
        ...limits
      }
    ])
    expect(await db.keys.get(row.id)).toMatchObject({
      ...limits,
      scopes: ['a'],
      keyPrefix: 'sk_AbCd...',
      usageCount: 3,
      lastUsedAt: null,
      createdAt: new Date('2025-12-17T21:27:32Z'),
      updatedAt: new Date('2025-12-17T21:27:32Z')
    })
  })

  test('null, nothing and an empty list are no scopes', async () => {
    const rows = [null, '', '[]'].map((scopes) => oldKey(ada, { scopes }).row)
    await db.keys.import(rows)
    for (const { id } of rows) expect(await db.keys.get(id)).toMatchObject({ scopes: [], damaged: [] })
  })

  test('no key is lost for its name or an odd address: the report says what was changed', async () => {
    const rows = [
      oldKey(ada, { name: 'n'.repeat(101) }).row,
      oldKey(ada, { name: '' }).row,
      oldKey(ada, { last_used_ip: 'unknown' }).row
    ]
    const { notes } = await db.keys.import(rows)
    expect(notes).toMatchObject([
      { row: 1, reason: expect.stringContaining('name was changed') },
      { row: 2, reason: expect.stringContaining('no name') },
      { row: 3, reason: expect.stringContaining('last_used_ip') }
    ])
    expect((await db.keys.get(String(rows[0]?.id)))?.name).toBe('n'.repeat(100))
    expect((await db.keys.get(String(rows[1]?.id)))?.name).toBe(`imported ${rows[1]?.key_prefix}`)
  })

  test('a dry run says the same and writes nothing', async () => {
    const rows = [oldKey(ada).row, oldKey(ada).row]
    const before = await rowCounts(db.sql)
    const dry: ImportReport = await db.keys.import(rows, { dryRun: true })
    expect(await rowCounts(db.sql)).toEqual(before)
    expect(await db.keys.import(rows)).toEqual({ ...dry, dryRun: false })
    const bad = await db.keys.import([oldKey('nobody').row], { dryRun: true })
    expect(bad.problems).toMatchObject([{ row: 1, reason: expect.stringContaining('nobody') }])
  })

  test('owners that are not there are made where that is wanted', async () => {
    const rows = [
      { ...oldKey('u 1').row, user_email: 'first@example.com', owner_name: 'First' },
      oldKey('u 1').row,
      oldKey('u/2').row,
      oldKey(ada).row
    ]
    const dry = await db.keys.import(rows, { createOwners: true, dryRun: true })
    expect(dry).toMatchObject({ imported: 4, ownersCreated: 2 })
    expect(await db.keys.import(rows, { createOwners: true })).toEqual({ ...dry, dryRun: false })
    expect(await db.keys.findOwner('first@example.com')).toMatchObject({ id: 'u 1', name: 'First' })
    expect(await db.keys.findOwner('u%2F2@imported.invalid')).toMatchObject({ id: 'u/2', name: null, isActive: true })

    const taken = [
      { ...oldKey('u3').row, email: 'first@example.com' },
      { ...oldKey('u4').row, email: 'same@example.com' },
      { ...oldKey('u5').row, email: 'same@example.com' },
      { ...oldKey('u6').row, email: 'one@example.com' },
      { ...oldKey('u6').row, email: 'two@example.com' },
      { ...oldKey('u7').row, email: 'no email' }
    ]
    expect((await problemsOf(taken, { createOwners: true })).map(({ row }) => row)).toEqual([1, 3, 5, 6])
  })

  test('two at once add each key once', async () => {
    const rows = Array.from({ length: 20 }, () => oldKey(ada).row)
    const reports = await Promise.all([db.keys.import(rows), db.keys.import(rows), db.keys.import(rows)])
    expect(reports.map(({ imported }) => imported).sort()).toEqual([0, 0, 20])
    expect(reports.map(({ unchanged }) => unchanged).sort()).toEqual([0, 20, 20])
  })

  test('what can not be written to the end is not there at all', async () => {
    const refusal = await refuseInserts(database, db.sql, 'api_key_events')
    const before = await rowCounts(db.sql)
    const rows = [oldKey('new owner').row]
    await expect(db.keys.import(rows, { createOwners: true })).rejects.toBeInstanceOf(ApiKeyError)
    expect(await rowCounts(db.sql)).toEqual(before)
    await refusal.end()
    expect(await db.keys.import(rows, { createOwners: true })).toMatchObject({ imported: 1, ownersCreated: 1 })
  })

  test('thousands of rows take seconds', { timeout: 120_000 }, async () => {
    const length = rounds(1_500, 10_000)
    const rows = Array.from({ length }, () => oldKey(ada).row)
    const startedAt = performance.now()
    expect(await db.keys.import(rows)).toMatchObject({ imported: length })
    const first = performance.now() - startedAt
    expect(await db.keys.import(rows)).toMatchObject({ imported: 0, unchanged: length })
    measured({ database: database.name, rows: length, importMs: first, againMs: performance.now() - startedAt - first })
  })
})
