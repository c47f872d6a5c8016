/** Keys with bcrypt hashes: found by what they show, compared off the event loop, replaced by the fast hash, and no way to burn a processor. */
import { crc32 } from 'node:zlib'
import bcrypt from 'bcrypt'
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { hashToken } from '../../src/hash.js'
import { createToken } from '../../src/token.js'
import { databases } from '../helpers/databases.js'
import { type FreshKeys, freshKeys } from '../helpers/keys.js'
import { rounds } from '../helpers/rounds.js'
import { until } from '../helpers/until.js'
import { foreignToken, insertForm, insertRow, startedOn, storedHash } from './rows.js'

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const shown = 13
const cheap = 4

/** A row with the bcrypt hash of a token, found by its first 13 characters. */
async function slowRow(fresh: FreshKeys, token: string, cost = cheap): Promise<string> {
  const keyHash = await bcrypt.hash(token, cost)
  return insertRow(fresh, { keyHash, hashAlg: 'bcrypt', keyPrefix: `${token.slice(0, shown)}...` })
}

/** A well-formed token of keystile's, which shows the same start. */
function sameStart(token: string): string {
  const text = token.slice(0, 11) + createToken('sk_').slice(11, 46)
  let rest = crc32(text)
  let checksum = ''
  for (let i = 0; i < 6; i++, rest = Math.floor(rest / 62)) checksum = base62.charAt(rest % 62) + checksum
  return text + checksum
}

/** A wrong token that shows the same start. */
const wrongFor = (token: string) => token.slice(0, shown) + foreignToken().slice(shown)

// Each case costs a processor some tenths of a second; an upgrade on PostgreSQL is in import/old-tokens too.
describe.each(databases.slice(0, rounds(1, 2)))('on $name', (database) => {
  async function freshSlow(options = {}): Promise<FreshKeys> {
    const fresh = await freshKeys(database)
    await insertForm(fresh, 'bcrypt', shown)
    return { ...fresh, keys: startedOn(fresh, options) }
  }

  test('an imported key is let in, and has the fast hash from then on', async () => {
    const fresh = await freshSlow()
    const token = foreignToken()
    const id = await slowRow(fresh, token)
    expect((await fresh.keys.verify(token)).apiKey.id).toBe(id)
    expect(await storedHash(fresh, id)).toEqual({ key_hash: hashToken(token), hash_alg: null })
    expect((await fresh.keys.verify(token)).apiKey.id).toBe(id)
    await fresh.keys.close()
    const [row] = await fresh.sql('SELECT CAST(usage_count AS TEXT) AS count FROM api_keys WHERE id = ?', id)
    expect(row).toEqual({ count: '2' })
  })

  test.each(['$2a$', '$2b$', '$2y$'])('a hash that begins with %s is understood', async (version) => {
    const fresh = await freshSlow()
    const token = foreignToken()
    const keyHash = (await bcrypt.hash(token, cheap)).replace('$2b$', () => version)
    const id = await insertRow(fresh, { keyHash, hashAlg: 'bcrypt', keyPrefix: `${token.slice(0, shown)}...` })
    expect((await fresh.keys.verify(token)).apiKey.id).toBe(id)
  })

  test('ten first uses at once, in two processes: all are let in, and the hash is replaced once', async () => {
    const fresh = await freshSlow()
    const other = createApiKeys({ url: fresh.url })
    const token = foreignToken()
    const id = await slowRow(fresh, token)
    const uses = Array.from({ length: 10 }, (_, i) => (i % 2 ? other : fresh.keys).verify(token))
    expect((await Promise.all(uses)).map(({ apiKey }) => apiKey.id)).toEqual(Array(10).fill(id))
    expect(await storedHash(fresh, id)).toEqual({ key_hash: hashToken(token), hash_alg: null })
    await other.close()
  })

  test('of several rows that show the same start, the right one is found', async () => {
    const fresh = await freshSlow()
    const token = foreignToken()
    const twins = [wrongFor(token), wrongFor(token), token]
    const ids: string[] = []
    for (const twin of twins) ids.push(await slowRow(fresh, twin))
    expect((await fresh.keys.verify(token)).apiKey.id).toBe(ids[2])
    expect((await fresh.keys.verify(twins[0] ?? '')).apiKey.id).toBe(ids[0])
  })

  test('a wrong token is a 401; after ten within a minute the row asks to wait, and other rows do not', async () => {
    const fresh = await freshSlow()
    const [token, another] = [foreignToken(), foreignToken()]
    await slowRow(fresh, token)
    await slowRow(fresh, another)
    const wrong = Array.from({ length: 10 }, () => wrongFor(token))
    for (const attempt of wrong) await expect(fresh.keys.verify(attempt)).rejects.toMatchObject({ reason: 'unknown' })
    const throttled = {
      code: 'rate_limited',
      status: 429,
      reason: 'too_many_attempts',
      headers: { 'Retry-After': '60' }
    }
    await expect(fresh.keys.verify(wrongFor(token))).rejects.toMatchObject(throttled)
    // What was compared once is known to be wrong.
    await expect(fresh.keys.verify(wrong[0] ?? '')).rejects.toMatchObject({ reason: 'unknown' })
    await fresh.keys.verify(another)
  })

  test('wrong tokens that come at once are throttled as those that come one by one', async () => {
    const fresh = await freshSlow()
    const token = foreignToken()
    await slowRow(fresh, token)
    const attempts = Array.from({ length: 40 }, () => fresh.keys.verify(wrongFor(token)).catch(({ reason }) => reason))
    const reasons = await Promise.all(attempts)
    expect(reasons.filter((reason) => reason === 'unknown')).toHaveLength(10)
    expect(reasons.filter((reason) => reason === 'too_many_attempts')).toHaveLength(30)
  })

  test('what is tried again and again goes behind what is tried for the first time', async () => {
    const fresh = await freshSlow()
    const [attacked, another] = [foreignToken(), foreignToken()]
    await slowRow(fresh, attacked, 11)
    const id = await slowRow(fresh, another)
    const order: string[] = []
    const wrong = Array.from({ length: 9 }, async () => {
      await fresh.keys.verify(wrongFor(attacked)).catch(() => {})
      order.push('wrong')
    })
    // Two are compared by now, and seven wait.
    await until(async () => order.length > 0)
    const right = fresh.keys.verify(another).then(({ apiKey }) => {
      order.push('right')
      return apiKey.id
    })
    expect(await right).toBe(id)
    await Promise.all(wrong)
    expect(order.indexOf('right')).toBeLessThan(7)
  })

  test('what nobody waits for any more is not compared', async () => {
    const fresh = await freshSlow({ deadlineMs: 500 })
    const [attacked, another] = [foreignToken(), foreignToken()]
    await slowRow(fresh, attacked, 13)
    const id = await slowRow(fresh, another)
    await fresh.keys.ready()
    const wrong = Array.from({ length: 9 }, () => fresh.keys.verify(wrongFor(attacked)).catch(({ reason }) => reason))
    expect(new Set(await Promise.all(wrong))).toContain('hash_unavailable')
    // Of nine, the two that were begun are all that it has to wait for.
    await until(async () => (await fresh.keys.verify(another).catch(() => undefined))?.apiKey.id === id)
  })

  test('a key that shows more of its token is compared before a crowd that shows less', async () => {
    const fresh = await freshSlow()
    await insertForm(fresh, 'bcrypt', 16)
    const token = foreignToken()
    for (let i = 0; i < 5; i++) await slowRow(fresh, wrongFor(token))
    const keyHash = await bcrypt.hash(token, cheap)
    const id = await insertRow(fresh, { keyHash, hashAlg: 'bcrypt', keyPrefix: `${token.slice(0, 16)}...` })
    expect((await startedOn(fresh).verify(token)).apiKey.id).toBe(id)
  })

  test('the event loop turns while a hash is compared', async () => {
    const fresh = await freshSlow()
    const token = foreignToken()
    await slowRow(fresh, token, 11)
    let turns = 0
    let isDone = false
    const turn = () => {
      turns++
      if (!isDone) setImmediate(turn)
    }
    turn()
    await fresh.keys.verify(token)
    isDone = true
    expect(turns).toBeGreaterThan(100)
  })

  test('what is not compared in time is a 503, and the key is good later', async () => {
    const fresh = await freshSlow({ deadlineMs: 400 })
    const token = foreignToken()
    const id = await slowRow(fresh, token, 14)
    await fresh.keys.ready()
    await expect(fresh.keys.verify(token)).rejects.toMatchObject({ status: 503, reason: 'hash_unavailable' })
    await fresh.sql('UPDATE api_keys SET key_hash = ? WHERE id = ?', await bcrypt.hash(token, cheap), id)
    await until(async () => (await fresh.keys.verify(token).catch(() => undefined))?.apiKey.id === id)
  })

  test('a key that is revoked while its hash is compared is refused', async () => {
    const fresh = await freshSlow()
    const token = foreignToken()
    const id = await slowRow(fresh, token, 12)
    const use = fresh.keys.verify(token)
    use.catch(() => {})
    await fresh.keys.revoke(id)
    await expect(use).rejects.toMatchObject({ reason: 'revoked' })
    expect(await storedHash(fresh, id)).toMatchObject({ hash_alg: 'bcrypt' })
    await expect(fresh.keys.revokeToken(token)).resolves.toMatchObject({ id })
  })

  test('a token of more than 72 bytes is refused: bcrypt would not read its end', async () => {
    const fresh = await freshKeys(database)
    await fresh.sql(
      "INSERT INTO api_key_forms (id, prefix, alphabet, min_length, max_length, hash_alg, shown_length) VALUES ('f', 'acme_', 'base64url', 20, 200, 'bcrypt', 13)"
    )
    const token = `acme_${'a'.repeat(67)}`
    const id = await slowRow(fresh, token)
    const keys = startedOn(fresh)
    await expect(keys.verify(`${token}b`)).rejects.toMatchObject({ reason: 'unknown' })
    expect((await keys.verify(token)).apiKey.id).toBe(id)
  })
})

describe.each(databases)("hash: 'bcrypt' on $name", (database) => {
  test('new keys have bcrypt hashes, are let in, rotated and revoked, and keep them', async () => {
    const fresh = await freshKeys(database, { hash: 'bcrypt', deadlineMs: 20_000 })
    const { token, apiKey } = await fresh.keys.create({ ownerId: fresh.owner.id, name: 'laptop' })
    const stored = await storedHash(fresh, String(apiKey.id))
    expect(stored).toMatchObject({ hash_alg: 'bcrypt', key_hash: expect.stringMatching(/^\$2b\$10\$/) })
    for (let i = 0; i < 2; i++) expect((await fresh.keys.verify(token)).apiKey.id).toBe(apiKey.id)
    expect(await storedHash(fresh, String(apiKey.id))).toEqual(stored)
    const next = await fresh.keys.rotate(apiKey.id, { grace: '1h' })
    expect((await fresh.keys.verify(next.token)).apiKey.id).toBe(next.apiKey.id)
    expect((await fresh.keys.revokeToken(next.token)).id).toBe(next.apiKey.id)
    await expect(fresh.keys.verify(next.token)).rejects.toMatchObject({ reason: 'revoked' })
    await expect(fresh.keys.verify(token)).rejects.toMatchObject({ reason: 'revoked' })
  })

  test('a key that was used is let in however many wrong tokens show its start', async () => {
    const fresh = await freshKeys(database, { hash: 'bcrypt', cache: false, deadlineMs: 20_000 })
    const { token } = await fresh.keys.create({ ownerId: fresh.owner.id, name: 'laptop' })
    await fresh.keys.verify(token)
    const wrong = () => sameStart(token)
    for (let i = 0; i < 10; i++) await expect(fresh.keys.verify(wrong())).rejects.toMatchObject({ reason: 'unknown' })
    await expect(fresh.keys.verify(wrong())).rejects.toMatchObject({ reason: 'too_many_attempts' })
    await fresh.keys.verify(token)
  })

  test('a token with a slip asks the database nothing, and counts as no attempt', async () => {
    const fresh = await freshKeys(database, { hash: 'bcrypt', deadlineMs: 20_000 })
    const { token } = await fresh.keys.create({ ownerId: fresh.owner.id, name: 'laptop' })
    const slips = [...'0123456789ABCDEF']
      .filter((last) => last !== token.at(-1))
      .map((last) => token.slice(0, -1) + last)
    for (const slip of slips) await expect(fresh.keys.verify(slip)).rejects.toMatchObject({ reason: 'bad_checksum' })
    await fresh.keys.verify(token)
  })

  test('keys by SHA-256 go on beside them, and a process with another setting takes both', async () => {
    const fresh = await freshKeys(database)
    const plain = await fresh.keys.create({ ownerId: fresh.owner.id, name: 'plain' })
    await fresh.keys.verify(plain.token)
    const slow = createApiKeys({ url: fresh.url, hash: 'bcrypt', deadlineMs: 20_000 })
    expect((await slow.verify(plain.token)).apiKey.id).toBe(plain.apiKey.id)
    const made = await slow.create({ ownerId: fresh.owner.id, name: 'slow' })
    expect((await fresh.keys.verify(made.token)).apiKey.id).toBe(made.apiKey.id)
    expect(await storedHash(fresh, String(made.apiKey.id))).toMatchObject({ hash_alg: null })
    expect((await slow.verify(made.token)).apiKey.id).toBe(made.apiKey.id)
    await slow.close()
  })

  test('two processes that make their first keys at once both can', async () => {
    const fresh = await freshKeys(database, { hash: 'bcrypt', deadlineMs: 20_000 })
    const other = createApiKeys({ url: fresh.url, hash: 'bcrypt', deadlineMs: 20_000 })
    const make = (keys: FreshKeys['keys']) => keys.create({ ownerId: fresh.owner.id, name: 'laptop' })
    const made = await Promise.all([fresh.keys, other, fresh.keys, other].map(make))
    for (const { token, apiKey } of made) expect((await other.verify(token)).apiKey.id).toBe(apiKey.id)
    expect(await fresh.sql('SELECT prefix, hash_alg FROM api_key_forms')).toEqual([
      { prefix: 'sk_', hash_alg: 'bcrypt' }
    ])
    await other.close()
  })
})
