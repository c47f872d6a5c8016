/** Rows that can't be imported: each is named with all that is wrong with it, and nothing is written. */
import { ApiKeyError, type ImportOptions } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { type FreshKeys, freshKeys } from '../helpers/keys.js'
import { digest, oldKey, oldToken } from '../helpers/old-keys.js'
import { rowCounts } from '../helpers/row-counts.js'

describe.each(databases)('on $name', (database) => {
  let db: FreshKeys
  let ada: string
  beforeAll(async () => {
    db = await freshKeys(database)
    ada = String(db.owner.id)
  })

  const problemsOf = async (rows: readonly unknown[], options?: ImportOptions) => {
    const before = await rowCounts(db.sql)
    const error = await db.keys.import(rows as object[], options).then(
      () => undefined,
      (error: unknown) => error
    )
    expect(await rowCounts(db.sql)).toEqual(before)
    expect(error).toBeInstanceOf(ApiKeyError)
    expect(error).toMatchObject({ code: 'invalid_argument', field: 'rows' })
    return (error as ApiKeyError).problems ?? []
  }

  test('all that is wrong is told, by row, without a hash, and nothing is written', async () => {
    const good = oldKey(ada).row
    const there = oldKey(ada).row
    const taken = oldKey(ada).row
    await db.keys.import([there, taken])
    const other = await db.newOwner()
    const rows = [
      good,
      { ...oldKey(ada).row, key_hash: good.key_hash },
      oldKey('nobody').row,
      { ...there, user_id: other.id },
      { ...oldKey(ada).row, id: taken.id },
      { ...oldKey(ada).row, scopes: '["a b"]' },
      { ...oldKey(ada).row, scopes: 'reports:read' },
      { ...oldKey(ada).row, key_hash: 'f00', expires_at: 'soon', is_active: 'maybe' },
      { ...oldKey(ada).row, key_prefix: 'AbCd...' },
      { ...oldKey(ada).row, id: good.id },
      'row',
      { user_id: ada }
    ]
    const problems = await problemsOf(rows)
    expect(problems.map(({ row, reason }) => `${row} ${reason}`)).toEqual([
      expect.stringMatching(/^2 it has the same hash as row 1/),
      expect.stringMatching(/^3 there is no owner with the id nobody/),
      expect.stringMatching(/^4 it is there already, as the key of another owner/),
      expect.stringMatching(/^5 its id is that of another key/),
      expect.stringMatching(/^6 "a b" is not a scope name/),
      expect.stringMatching(/^7 scopes is not JSON/),
      expect.stringMatching(/^8 key_hash is no hash/),
      expect.stringMatching(/^8 expires_at is no time/),
      expect.stringMatching(/^8 is_active must be true or false/),
      expect.stringMatching(/^9 key_prefix does not show/),
      expect.stringMatching(/^10 it has the same id as row 1/),
      expect.stringMatching(/^11 a row must be an object, not a string/),
      expect.stringMatching(/^12 key_hash is missing/)
    ])
    for (const row of rows)
      if (typeof row === 'object' && 'key_hash' in row && row.key_hash.length > 3)
        expect(JSON.stringify(problems)).not.toContain(row.key_hash)
  })

  test('an unknown column, and one that may hold keys, is told once for all rows', async () => {
    const rows = [1, 2, 3].map(() => ({ ...oldKey(ada).row, team_id: 7, token: 'sk_verysecretverysecret' }))
    const problems = await problemsOf(rows)
    expect(problems).toMatchObject([
      { row: 1, reason: expect.stringMatching(/"team_id".*so in 3 rows/) },
      { row: 1, reason: expect.stringMatching(/"token" seems to hold keys themselves.*so in 3 rows/) }
    ])
    expect(JSON.stringify(problems)).not.toContain('verysecret')
    expect(await db.keys.import(rows, { ignoreColumns: ['team_id', 'token'] })).toMatchObject({ imported: 3 })
  })

  test('a plain key is not taken for a hash, nor for what is shown of it', async () => {
    const token = oldToken()
    const { row } = oldKey(ada, {}, token)
    expect(await problemsOf([{ ...row, key_hash: token }])).toMatchObject([
      { reason: expect.stringContaining('no hash') }
    ])
    const short = 'sk_0123456789abcdefghij'
    const whole = { ...row, key_prefix: short, key_hash: digest('sha256', short).digest('hex') }
    expect(await problemsOf([whole])).toMatchObject([{ reason: 'key_prefix is the whole key' }])
    expect(await problemsOf([{ ...row, key_prefix: token }])).toMatchObject([{ reason: expect.stringContaining('40') }])
  })

  test('bcrypt needs enough of the token, and few that show the same', async () => {
    const slow = (index: number) => `$2b$04$${'N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhW'}${index}`
    const row = (index: number, key_prefix: string) => ({ ...oldKey(ada).row, key_hash: slow(index), key_prefix })
    expect(await problemsOf([row(1, 'sk_AbCd...')])).toMatchObject([
      { reason: expect.stringContaining('6 characters') }
    ])
    const alike = [1, 2, 3, 4, 5, 6].map((index) => row(index, 'sk_live_AbCdEf...'))
    expect(await problemsOf(alike)).toHaveLength(6)
    expect(await db.keys.import(alike.slice(0, 5))).toMatchObject({ hashes: { bcrypt: 5 } })
    expect(await problemsOf(alike)).toMatchObject([{ row: 6, reason: expect.stringContaining('at most 5') }])
    for (const shown of ['sk_live_AbCdEfGh...', 'sk_live_AbCdEfGhIj'])
      expect(await problemsOf([row(7, shown)])).toMatchObject([
        { row: 1, reason: expect.stringContaining('at most 5') }
      ])
    expect(await db.keys.import([row(8, 'sk_live_AbCdXyZ')])).toMatchObject({ hashes: { bcrypt: 1 } })
  })

  test('bcrypt hashes that show less count for those that show more', async () => {
    const slow = (index: number) => `$2b$04$${'O9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhW'}${index}`
    const row = (index: number, key_prefix: string) => ({ ...oldKey(ada).row, key_hash: slow(index), key_prefix })
    const longer = [1, 2, 3, 4, 5].map((index) => row(index, 'sk_test_AbCdEfGh...'))
    await db.keys.import(longer)
    expect(await problemsOf([row(6, 'sk_test_AbCdEf...')])).toMatchObject([
      { row: 1, reason: expect.stringContaining('6 keys with bcrypt') }
    ])
  })

  test('a row that names the email of somebody else has no owner', async () => {
    const { email } = db.owner as unknown as { email: string }
    const other = await db.newOwner()
    const named = (user_email: string) => ({ ...oldKey(ada).row, user_email })
    expect(await problemsOf([named(email), named('eve@example.com')])).toMatchObject([
      { row: 2, reason: expect.stringContaining(`not that of the owner with the id ${ada}`) }
    ])
    expect(await db.keys.import([named(email.toUpperCase())], { createOwners: true })).toMatchObject({ imported: 1 })
    const taken = { ...oldKey('17').row, user_email: (other as unknown as { email: string }).email }
    expect(await problemsOf([taken], { createOwners: true })).toMatchObject([
      { reason: expect.stringMatching(new RegExp(`owner with the id ${other.id}: .* belongs into user_id$`)) }
    ])
  })

  test('all rows that are bad are counted, and what to do is said once', async () => {
    const rows = [{ ...oldKey('nobody').row }, { ...oldKey('nobody').row, team: 1 }, { ...oldKey(ada).row, team: 1 }]
    const report = await db.keys.import(rows, { dryRun: true })
    expect(report).toMatchObject({ bad: 3, imported: 0, hints: [expect.stringContaining('--create-owners')] })
    await expect(db.keys.import(rows.slice(0, 1))).rejects.toThrow(
      /^1 of 1 rows can't be imported, so nothing was\. row 1: there is no owner with the id nobody\. Owners that .*\.$/
    )
    await expect(db.keys.import(rows.slice(2))).rejects.toThrow(/[^.?]\.$/)
  })
})
