/** Tokens that another system made: looked up where their form was recorded, by the hash that they came with, and not otherwise. */
import { createHash, createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { hashToken } from '../../src/hash.js'
import { createToken } from '../../src/token.js'
import { databases } from '../helpers/databases.js'
import { freshKeys } from '../helpers/keys.js'
import { recordEvents } from '../helpers/recorded-events.js'
import { rounds } from '../helpers/rounds.js'
import { until } from '../helpers/until.js'
import { foreignToken, insertForm, insertRow, startedOn, storedHash } from './rows.js'

const secret = 'the secret of another system'
const sha512 = (token: string) => createHash('sha512').update(token).digest('hex')
const hmac = (token: string, key = secret) => createHmac('sha256', key).update(token).digest('hex')

describe.each(databases.slice(0, rounds(1, 2)))('on $name', (database) => {
  test.each([
    { hashAlg: null, form: 'sha256', hashOf: hashToken },
    { hashAlg: 'sha512', form: 'sha512', hashOf: sha512 },
    { hashAlg: 'hmac', form: 'hmac', hashOf: hmac }
  ] as const)('a token hashed by $form is let in, and its hash stays', async ({ hashAlg, form, hashOf }) => {
    const fresh = await freshKeys(database)
    const token = foreignToken()
    const row = { keyHash: hashOf(token), hashAlg }
    const id = await insertRow(fresh, row)
    await insertForm(fresh, form)
    const keys = startedOn(fresh, { acceptHmac: ['some other secret', secret] })
    for (let i = 0; i < 3; i++) expect((await keys.verify(token)).apiKey.id).toBe(id)
    expect(await storedHash(fresh, id)).toEqual({ key_hash: row.keyHash, hash_alg: hashAlg })
    await expect(keys.verify(foreignToken())).rejects.toMatchObject({ reason: 'unknown' })
  })

  test('a token whose form was not recorded is refused, whatever rows there are', async () => {
    const fresh = await freshKeys(database)
    const token = foreignToken()
    await insertRow(fresh, { keyHash: hashToken(token), hashAlg: null })
    await expect(fresh.keys.verify(token)).rejects.toMatchObject({ code: 'invalid_token', reason: 'foreign_token' })
  })

  test('a token of one of our prefixes but another form is looked up where that was recorded', async () => {
    const fresh = await freshKeys(database)
    const token = `sk_${foreignToken().slice('acme_'.length)}`
    const id = await insertRow(fresh, { keyHash: hashToken(token), hashAlg: null })
    await expect(fresh.keys.verify(token)).rejects.toMatchObject({ reason: 'bad_checksum' })
    await fresh.sql(
      "INSERT INTO api_key_forms (id, prefix, alphabet, min_length, max_length, hash_alg, shown_length) VALUES ('f', 'sk_', 'base64url', 46, 46, 'sha256', 0)"
    )
    await until(async () => (await fresh.keys.verify(token).catch(() => undefined))?.apiKey.id === id)
    const slip = createToken('sk_').replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    await expect(fresh.keys.verify(slip)).rejects.toMatchObject({ reason: 'bad_checksum' })
  })

  test.each([
    ['a row that says HMAC has the SHA-256', { hashAlg: 'hmac', hashOf: hashToken }],
    ['a row that says bcrypt has the SHA-256', { hashAlg: 'bcrypt', hashOf: hashToken }],
    ['a row that says nothing has an HMAC', { hashAlg: null, hashOf: hmac }],
    ['a row that says nothing has the SHA-512', { hashAlg: null, hashOf: sha512 }],
    ['a row that says SHA-512 has an HMAC', { hashAlg: 'sha512', hashOf: hmac }]
  ] as const)('%s: it is damaged, and refused', async (_, { hashAlg, hashOf }) => {
    const fresh = await freshKeys(database)
    const keys = startedOn(fresh, { acceptHmac: [secret] })
    for (const form of ['sha256', 'sha512', 'hmac']) await insertForm(fresh, form)
    const token = foreignToken()
    const id = await insertRow(fresh, { keyHash: hashOf(token), hashAlg })
    const events = recordEvents()
    await expect(keys.verify(token)).rejects.toMatchObject({ code: 'invalid_token', reason: 'damaged' })
    expect(events).toContainEqual({ name: 'keystile:damaged', payload: { apiKeyId: id, fields: ['hashAlg'] } })
  })

  test('an HMAC without its secret, or with another one, is unknown', async () => {
    const fresh = await freshKeys(database)
    await insertForm(fresh, 'hmac')
    const token = foreignToken()
    await insertRow(fresh, { keyHash: hmac(token), hashAlg: 'hmac' })
    for (const acceptHmac of [[], [`${secret}!`]])
      await expect(startedOn(fresh, { acceptHmac }).verify(token)).rejects.toMatchObject({ reason: 'unknown' })
  })

  test('revoking by token finds each of them, also where their secret is not the newest', async () => {
    const fresh = await freshKeys(database, { acceptHmac: ['newer', secret] })
    const tokens = [foreignToken(), foreignToken(), foreignToken()] as const
    await insertRow(fresh, { keyHash: hashToken(tokens[0]), hashAlg: null })
    await insertRow(fresh, { keyHash: sha512(tokens[1]), hashAlg: 'sha512' })
    await insertRow(fresh, { keyHash: hmac(tokens[2]), hashAlg: 'hmac' })
    for (const token of tokens) expect((await fresh.keys.revokeToken(token)).status).toBe('revoked')
  })

  test('where the forms can not be read any more, those that were known go on', async () => {
    const fresh = await freshKeys(database)
    await insertForm(fresh, 'sha256')
    const token = foreignToken()
    const id = await insertRow(fresh, { keyHash: hashToken(token), hashAlg: null })
    const keys = startedOn(fresh, { cache: false })
    expect((await keys.verify(token)).apiKey.id).toBe(id)
    await fresh.sql('ALTER TABLE api_key_forms RENAME TO elsewhere')
    await sleep(1_100)
    expect((await keys.verify(token)).apiKey.id).toBe(id)
    await expect(keys.verify('ghp_16C7e42F292c6912E7710c8383')).rejects.toMatchObject({ reason: 'foreign_token' })
    await expect(startedOn(fresh).verify(token)).rejects.toMatchObject({ status: 503, reason: 'database_unavailable' })
  })

  test('an import by another process is known within a second where no feed tells of it', async () => {
    const fresh = await freshKeys(database)
    const token = foreignToken()
    for (const cache of [false, { staleMs: 60_000 }] as const) {
      await fresh.sql('DELETE FROM api_keys')
      await fresh.sql('DELETE FROM api_key_forms')
      const keys = startedOn(fresh, { cache })
      await expect(keys.verify(foreignToken())).rejects.toMatchObject({ reason: 'foreign_token' })
      const id = await insertRow(fresh, { keyHash: hashToken(token), hashAlg: null })
      await insertForm(fresh, 'sha256')
      await sleep(1_100)
      expect((await keys.verify(token)).apiKey.id).toBe(id)
    }
  })

  test('revoking by token ends every row that has it', async () => {
    const fresh = await freshKeys(database)
    await insertForm(fresh, 'sha512')
    const token = foreignToken()
    const rows = [
      await insertRow(fresh, { keyHash: hashToken(token), hashAlg: null }),
      await insertRow(fresh, { keyHash: sha512(token), hashAlg: 'sha512' })
    ]
    await fresh.keys.revokeToken(token)
    for (const id of rows) expect((await fresh.keys.get(id))?.status).toBe('revoked')
    await expect(startedOn(fresh).verify(token)).rejects.toMatchObject({ reason: 'revoked' })
  })

  test('a revoked one is refused at once, remembered or not', async () => {
    const fresh = await freshKeys(database)
    await insertForm(fresh, 'sha512')
    const token = foreignToken()
    const id = await insertRow(fresh, { keyHash: sha512(token), hashAlg: 'sha512' })
    const keys = startedOn(fresh)
    await keys.verify(token)
    await until(() => keys.health().cache === 'fresh')
    await keys.verify(token)
    await keys.revoke(id)
    await expect(keys.verify(token)).rejects.toMatchObject({ reason: 'revoked' })
  })
})
