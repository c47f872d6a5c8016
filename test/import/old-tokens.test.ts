/** Old tokens in a running app: those who have them notice nothing. */
import { createHmac } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import bcrypt from 'bcrypt'
import express from 'express'
import { apiKeyAuth, createApiKeys, requireScopes } from 'keystile'
import { describe, expect, test } from 'vitest'
import { freshFolder, keystile } from '../cli/run-keystile.js'
import { databases } from '../helpers/databases.js'
import { serve } from '../helpers/express-apps.js'
import { afterwards } from '../helpers/key-ring.js'
import { type FreshKeys, freshKeys } from '../helpers/keys.js'
import { digest, oldKey, oldToken, sqliteJson } from '../helpers/old-keys.js'
import { openSql } from '../helpers/sql.js'
import { until } from '../helpers/until.js'

describe.each(databases)('on $name', (database) => {
  async function running(options: Parameters<typeof freshKeys>[1] = {}) {
    const db: FreshKeys = await freshKeys(database, options)
    const app = express().use(apiKeyAuth({ keys: db.keys }))
    app.get('/', requireScopes('reports:read'), (req, res) => void res.send(req.owner?.id))
    const site = await serve(app)
    const ask = async (token: string) => (await site.request({ authorization: `Bearer ${token}` })).status
    return { ...db, ada: String(db.owner.id), ask }
  }

  test('are good at once after an import by the app itself, and strangers are not', async () => {
    const { keys, ada, ask } = await running()
    const [good, off, over, none] = [
      oldKey(ada),
      oldKey(ada, { is_active: 0 }),
      oldKey(ada, { expires_at: '2025-12-17 21:27:32.000000' }),
      oldKey(ada, { scopes: null })
    ]
    expect(await ask(good.token)).toBe(401)
    await keys.import([good, off, over, none].map(({ row }) => row))
    expect(await Promise.all([good, off, over, none].map(({ token }) => ask(token)))).toEqual([200, 401, 401, 403])
    expect(await Promise.all([oldToken(), good.token.slice(0, -1), `${good.token}x`].map(ask))).toEqual([401, 401, 401])
    await keys.revoke(good.row.id)
    expect(await ask(good.token)).toBe(401)
    await keys.import([good.row])
    expect(await ask(good.token)).toBe(401)
  })

  test('are good at once where nothing is remembered and no feed tells of them', async () => {
    const { keys, ada, ask } = await running({ cache: false })
    const old = oldKey(ada)
    expect(await ask(old.token)).toBe(401)
    await keys.import([old.row])
    expect(await ask(old.token)).toBe(200)
  })

  test('are refused, remembered or not, when the forms are read again and theirs is gone', async () => {
    const { keys, ada, owner, url, ask } = await running()
    const [old, own] = [oldKey(ada), await keys.create({ ownerId: owner.id, name: 'new', scopes: ['reports:read'] })]
    await keys.import([old.row])
    await until(async () => (await ask(old.token)) === 200 && keys.health().cache === 'fresh')
    const sql = await openSql(url)
    await sql.query('DELETE FROM api_key_forms')
    await sql.close()
    // Another import has the forms read again, when a token comes that is none of keystile's.
    await keys.import([oldKey(ada, { key_prefix: 'other_abcdefgh...' }, oldToken('other_')).row])
    expect(await ask(oldToken())).toBe(401)
    expect(await ask(old.token)).toBe(401)
    expect(await ask(own.token)).toBe(200)
  })

  test('are good at once after an import on the command line, of what sqlite3 -json prints', async () => {
    const { ada, ask, url, keys } = await running()
    const old = [oldKey(ada), oldKey(ada, { last_used_at: null, last_used_ip: null })]
    for (const { token } of old) expect(await ask(token)).toBe(401)
    const cwd = await freshFolder()
    await writeFile(join(cwd, 'rows.json'), sqliteJson(old.map(({ row }) => row)))
    const { code, stdout, stderr } = await keystile({ cwd, env: { DATABASE_URL: url } }, ['import', 'rows.json'])
    expect({ code, stderr: stderr.replace(/^Database: .*\n/, '') }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('Imported 2 keys of 2 rows.')
    for (const { token } of old) await until(async () => (await ask(token)) === 200)
    const { items } = await keys.events({ ownerId: ada })
    expect(items).toMatchObject([{ type: 'imported', actor: expect.stringMatching(/^cli:/) }, { type: 'imported' }])
  })

  test('that were revoked under a pepper stay so when it is gone and a fuller file is imported', async () => {
    const { keys, ada, url, owner } = await running({ hash: { hmac: ['p'.repeat(32)] }, cache: false })
    const { token, row } = oldKey(ada)
    const { id, created_at, updated_at, ...bare } = row
    await keys.import([bare])
    const { apiKey } = await keys.verify(token)
    expect(owner.id).toBe(apiKey.ownerId)
    const hashed = await openSql(url)
    await until(async () => (await hashed.query("SELECT 1 FROM api_keys WHERE hash_alg = 'hmac'")).length === 1)
    await hashed.close()
    await keys.revoke(apiKey.id)
    const without = createApiKeys({ url, cache: false })
    await expect(without.import([row])).rejects.toMatchObject({ problems: [{ row: 1 }] })
    await expect(without.verify(token)).rejects.toMatchObject({ status: 401 })
    await without.close()
  })

  test('are good at once where only their form is imported again, in this process and in others', async () => {
    const { keys, ada, url, sql } = await running()
    const { token, row } = oldKey(ada)
    await keys.import([row])
    const forgetful = async () => {
      await sql('DELETE FROM api_key_forms')
      const instance = createApiKeys({ url })
      afterwards(() => instance.close())
      const isRefused = () =>
        instance.verify(token).then(
          () => false,
          () => true
        )
      // From then on it reads the forms again when it is told, or after a minute.
      await until(async () => (await isRefused()) && instance.health().cache === 'fresh')
      expect(await isRefused()).toBe(true)
      return instance
    }
    const near = await forgetful()
    await keys.import([row], { form: { length: 46 } })
    expect((await near.verify(token)).apiKey.id).toBe(row.id)
    const far = await forgetful()
    const place = { cwd: await freshFolder(), env: { DATABASE_URL: url } }
    const ended = keystile(place, ['import', '--token-length', '46'], sqliteJson([row]))
    // Asked all the while, it is told all the while: it has no other reason to read the forms again.
    await until(() =>
      far.verify(token).then(
        () => true,
        () => false
      )
    )
    expect(await ended).toMatchObject({ code: 0 })
  })

  test('are good whatever their hash, and stay so when it is replaced', async () => {
    const secret = 'a secret of the old system'
    const { keys, ada, ask, sql } = await running({ acceptHmac: [secret] })
    const make = (hash: (token: string) => string, more: object = {}) => {
      const { token, row } = oldKey(ada)
      return { token, row: { ...row, ...more, key_hash: hash(token) } }
    }
    const slow = make((token) => bcrypt.hashSync(token, 4).replace('$2b$', '$2y$'))
    const old = [
      slow,
      make((token) => digest('sha256', token).digest('base64')),
      make((token) => digest('sha512', token).digest('hex')),
      make((token) => digest('sha512', token).digest('base64url')),
      make((token) => createHmac('sha256', secret).update(token).digest('hex'), { hash_alg: 'hmac' })
    ]
    const rows = old.map(({ row }) => row)
    expect((await keys.import(rows)).hashes).toEqual({ sha256: 1, sha512: 2, hmac: 1, bcrypt: 1 })
    for (const { token } of old) expect(await ask(token)).toBe(200)
    const hashOf = async () => (await sql('SELECT key_hash FROM api_keys WHERE id = ?', slow.row.id))[0]?.['key_hash']
    await until(async () => (await hashOf()) === digest('sha256', slow.token).digest('hex'))
    expect(await keys.import(rows)).toMatchObject({ imported: 0, unchanged: 5 })
    for (const { token } of old) expect(await ask(token)).toBe(200)
    expect(await ask(oldToken())).toBe(401)
  })

  test('an HMAC without its secret, and a plain hash where those are refused, is not imported', async () => {
    const hmac = { ...oldKey('x').row, hash_alg: 'hmac' }
    const plain = await running()
    await expect(plain.keys.import([{ ...hmac, user_id: plain.ada }])).rejects.toMatchObject({
      problems: [{ row: 1, reason: expect.stringContaining('acceptHmac') }]
    })
    const peppered = await running({ hash: { hmac: ['p'.repeat(32)], plain: 'refuse' } })
    const slow = bcrypt.hashSync(oldToken(), 4)
    for (const more of [{}, { key_hash: slow }])
      await expect(peppered.keys.import([oldKey(peppered.ada, more).row])).rejects.toMatchObject({
        problems: [{ row: 1, reason: expect.stringContaining("plain: 'upgrade'") }]
      })
  })

  test('without a prefix are good where their length and alphabet are said', async () => {
    const { keys, ada, ask } = await running()
    const token = digest('sha256', oldToken()).digest('hex')
    const { row } = oldKey(ada, { key_prefix: `${token.slice(0, 8)}...` }, token)
    await expect(keys.import([row])).rejects.toMatchObject({ problems: [{ row: 1 }] })
    await keys.import([row], { form: { prefix: '', length: 64, alphabet: 'hex' } })
    expect(await ask(token)).toBe(200)
  })
})
