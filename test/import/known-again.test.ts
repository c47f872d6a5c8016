/** Rows whose keys may be there already, under another hash or another form of their ids. */
import type { ImportOptions } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { type FreshKeys, freshKeys } from '../helpers/keys.js'
import { digest, oldKey, oldToken } from '../helpers/old-keys.js'

describe.each(databases)('on $name', (database) => {
  let db: FreshKeys
  let ada: string
  beforeAll(async () => {
    db = await freshKeys(database)
    ada = String(db.owner.id)
  })

  const problemsOf = async (rows: readonly object[], options: ImportOptions = {}) =>
    (await db.keys.import(rows, { ...options, dryRun: true })).problems

  test('a key whose hash was replaced since is known again, and stays revoked', async () => {
    const token = oldToken('sk_A')
    const slow = `$2b$04$${'N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'}`
    const named = oldKey(ada, { key_hash: slow }, token).row
    const { id, ...nameless } = oldKey(ada, { key_hash: slow.replace('N9', 'M9') }, oldToken('sk_B')).row
    await db.keys.import([named, nameless])
    const replace = 'UPDATE api_keys SET key_hash = ?, hash_alg = NULL, is_active = false WHERE key_hash = ?'
    await db.sql(replace, digest('sha256', token).digest('hex'), slow)
    await db.sql(replace, digest('sha256', oldToken()).digest('hex'), slow.replace('N9', 'M9'))
    expect(await db.keys.import([named, nameless])).toMatchObject({ imported: 0, unchanged: 2 })
    expect(await db.keys.get(named.id)).toMatchObject({ status: 'revoked' })
    const { created_at, ...timeless } = nameless
    expect(await problemsOf([timeless])).toMatchObject([{ row: 1, reason: expect.stringContaining('created_at') }])
  })

  test('a key whose hash was replaced since is known too where the second file says more of it', async () => {
    const plain = oldKey(ada).row
    const { id, created_at, updated_at, ...bare } = plain
    await db.keys.import([bare])
    const [stored] = await db.sql('SELECT id FROM api_keys WHERE key_hash = ?', plain.key_hash)
    const newer = digest('sha256', oldToken()).digest('hex')
    const replace = "UPDATE api_keys SET key_hash = ?, hash_alg = 'hmac', is_active = false WHERE key_hash = ?"
    await db.sql(replace, newer, plain.key_hash)
    const more = { ...plain, key_prefix: `${plain.key_prefix.slice(0, -3)}x...` }
    const shorter = { ...plain, key_prefix: `${plain.key_prefix.slice(0, -4)}...` }
    for (const row of [plain, more, shorter, { ...bare, id }])
      expect(await problemsOf([row])).toMatchObject([{ row: 1, reason: expect.stringMatching(/may be/) }])
    expect(await problemsOf([plain])).toMatchObject([{ reason: expect.stringContaining(`id ${stored?.['id']}`) }])
    expect(await db.keys.import([{ ...plain, id: String(stored?.['id']) }])).toMatchObject({ unchanged: 1 })
    // Made after that import, or another owner's: surely another key.
    const others = [
      { ...plain, created_at: new Date() },
      { ...plain, user_id: String((await db.newOwner()).id) }
    ]
    for (const row of others) expect(await problemsOf([row])).toEqual([])
  })

  test('keys of one owner that show the same are told by when they were made', async () => {
    const eve = String((await db.newOwner()).id)
    const shown = { key_prefix: 'sk_...' }
    const [replaced, older] = [oldKey(eve, shown).row, oldKey(eve, { ...shown, created_at: '2025-05-01' }).row]
    await db.keys.import([replaced])
    const newer = digest('sha256', oldToken()).digest('hex')
    await db.sql("UPDATE api_keys SET key_hash = ?, hash_alg = 'hmac' WHERE id = ?", newer, replaced.id)
    expect(await db.keys.import([{ ...replaced, id: '' }, older])).toMatchObject({ imported: 1, unchanged: 1 })
  })

  test('two rows of one token with different hashes are not two keys', async () => {
    const token = oldToken('sk_A')
    const one = oldKey(ada, {}, token).row
    const other = oldKey(ada, { key_hash: digest('sha512', token).digest('hex') }, token).row
    expect(await problemsOf([one, other])).toEqual([{ row: 2, reason: expect.stringContaining('the key of row 1') }])
  })

  test('ids that are numbers are taken as text where ids are text', async () => {
    const { row } = oldKey(ada)
    const numbered = { ...row, id: 7001, user_id: 42 }
    expect(await problemsOf([numbered])).toEqual([{ row: 1, reason: 'there is no owner with the id 42' }])
    expect(await db.keys.import([numbered], { createOwners: true })).toMatchObject({ imported: 1, ownersCreated: 1 })
    expect(await db.keys.get('7001')).toMatchObject({ ownerId: '42' })
    expect(await db.keys.import([numbered, { ...row, id: '7001', user_id: '42' }].slice(1))).toMatchObject({
      unchanged: 1
    })
    expect(await db.keys.import([{ ...oldKey(ada).row, user_id: 42n }])).toMatchObject({ imported: 1 })
  })

  test('ids that differ only in case are two where they are text', async () => {
    const upper = 'ABCDEF01-7C1E-4D2A-9B64-0F2F8F0F4C11'
    const rows = [upper, upper.toLowerCase()].map((user) => ({
      ...oldKey(user).row,
      user_email: `${user}@example.com`
    }))
    expect(await db.keys.import(rows, { createOwners: true })).toMatchObject({ imported: 2, ownersCreated: 2 })
    const keys = [upper, upper.toLowerCase()].map((id) => ({ ...oldKey(ada).row, id }))
    expect(await db.keys.import(keys)).toMatchObject({ imported: 2 })
    expect(await db.keys.import([...rows, ...keys])).toMatchObject({ imported: 0, unchanged: 4 })
  })
})
