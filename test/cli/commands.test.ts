/** Each command once, on both databases: what it does to the database, not only what it says. Short: a core on PostgreSQL. */
import { type ApiKeys, type CreateKeyInput, createApiKeys } from 'keystile'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrateDatabase } from '../../src/migrate.js'
import { databases } from '../helpers/databases.js'
import { packagedMigrations } from '../helpers/prisma-migrate.js'
import { isLong, rounds } from '../helpers/rounds.js'
import { freshFolder, json, type KeyDocument, keystile, type NewKeyDocument, type Place } from './run-keystile.js'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const day = 86_400_000

describe.each(databases.slice(0, rounds(1, 2)))('on $name', ({ fresh, provider }) => {
  let place: Place
  let keys: ApiKeys
  type Add = (title: string, run: () => Promise<void>) => void
  const leave: Add = () => {}
  // A command takes a second of the machine's time: `npm test` has all on SQLite, and the ones used most on both.
  const onSqlite: Add = provider === 'sqlite' || isLong ? test : leave
  const inLong: Add = isLong ? test : leave

  beforeAll(async () => {
    const url = await fresh()
    place = { cwd: await freshFolder(), env: { DATABASE_URL: url } }
    keys = createApiKeys({ url })
    await migrateDatabase(keys)
  })

  afterAll(() => keys.close())

  /** A key that is made in this process: quicker than a command. */
  async function make(email = 'ada@example.com', more: Partial<CreateKeyInput> = {}) {
    const { owner } = await keys.ensureOwner({ email })
    return keys.create({ ownerId: owner.id, name: 'laptop', ...more })
  }
  const refusal = (token: string) =>
    keys.verify(token).then(
      () => undefined,
      (error: { reason?: string }) => error.reason
    )

  test('migrate lists what it applied, then says that the database is up to date', async () => {
    const empty = { ...place, env: { DATABASE_URL: await fresh() } }
    const first = await keystile(empty, ['migrate'])
    expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^(Applied \d{14}_\w+\n)+$/) })
    expect(await keystile(empty, ['migrate'])).toMatchObject({ code: 0, stdout: 'The database is up to date.\n' })
  })

  inLong('migrate --json has the names of what it applied', async () => {
    const empty = { ...place, env: { DATABASE_URL: await fresh() } }
    const names = packagedMigrations(provider).map(({ name }) => name)
    expect(await json(empty, ['migrate'])).toEqual({ applied: names, mended: [] })
    expect(await json(empty, ['migrate'])).toEqual({ applied: [], mended: [] })
  })

  inLong('an embedded database needs no migrate, PostgreSQL says to run it', async () => {
    const { code, stderr } = await keystile({ ...place, env: { DATABASE_URL: await fresh() } }, ['list'])
    if (provider === 'sqlite') expect(code).toBe(0)
    else expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('Run: npx keystile migrate') })
  })

  test('create makes a key that is let in, and its owner the first time', async () => {
    const args = ['create', '--owner', 'grace@example.com', '--name', 'laptop', '--scopes', 'reports:read,a b']
    const first = await keystile(place, args)
    expect(first.code).toBe(0)
    expect(first.stderr).toContain('Made the owner grace@example.com')
    const { apiKey, owner } = await keys.verify(first.stdout.trim())
    expect(apiKey).toMatchObject({ name: 'laptop', scopes: ['reports:read', 'a', 'b'], expiresAt: null })
    expect(owner.email).toBe('grace@example.com')
    const second = await keystile(place, args)
    expect(second.stderr).not.toContain('Made the owner')
    expect((await keys.verify(second.stdout.trim())).owner.id).toBe(owner.id)
  })

  onSqlite('create takes an owner by id, an expiry and metadata', async () => {
    const ownerId = String((await make()).apiKey.ownerId)
    const { token, apiKey } = await json<NewKeyDocument>(place, [
      ...['create', '--owner', ownerId, '--name', 'two'],
      ...['--expires', '90d', '--metadata', '{"team":"ops","n":1}']
    ])
    expect(apiKey).toMatchObject({ ownerId, name: 'two', metadata: { team: 'ops', n: 1 }, status: 'active' })
    expect(apiKey.id).toMatch(uuid)
    expect(apiKey.keyPrefix).toBe(`${token.slice(0, 11)}...`)
    expect(Date.parse(apiKey.expiresAt ?? '') - Date.parse(apiKey.createdAt)).toBe(90 * day)
  })

  inLong('create fails for an owner id that there is not, and for a bad name makes no owner', async () => {
    const unknown = '00000000-0000-7000-8000-000000000000'
    expect(await keystile(place, ['create', '--owner', unknown, '--name', 'x'])).toMatchObject({ code: 1, stdout: '' })
    const bad = await keystile(place, ['create', '--owner', 'new@example.com', '--name', 'x'.repeat(101)])
    expect(bad).toMatchObject({ code: 2, stdout: '' })
    expect(await keys.findOwner('new@example.com')).toBeNull()
  })

  test('list goes through an owner page by page, newest first', async () => {
    for (const name of ['p1', 'p2', 'p3']) await make('pages@example.com', { name })
    type Page = { items: KeyDocument[]; nextCursor: string | null }
    const list = ['list', '--owner', 'pages@example.com', '--limit', '2']
    const first = await json<Page>(place, list)
    expect(first.items.map(({ name }) => name)).toEqual(['p3', 'p2'])
    const last = await json<Page>(place, [...list, '--cursor', first.nextCursor ?? ''])
    expect(last).toMatchObject({ items: [{ name: 'p1' }], nextCursor: null })
  })

  onSqlite('list prints a line for each key, and how to go on', async () => {
    const { id } = (await make('lines@example.com')).apiKey
    const newer = (await make('lines@example.com')).apiKey
    const { stdout, stderr } = await keystile(place, ['list', '--owner', 'lines@example.com', '--limit', '1'])
    expect(stdout.split('\n')).toHaveLength(3)
    expect(stdout).toContain(newer.id)
    expect(stdout).not.toContain(id)
    const { nextCursor } = await keys.list({ ownerId: newer.ownerId, limit: 1 })
    expect(stderr).toContain(`--cursor ${nextCursor}`)
  })

  inLong('list and revoke fail for an email that no owner has, and make none', async () => {
    for (const args of [['list'], ['revoke', '--yes']]) {
      const { code, stderr } = await keystile(place, [...args, '--owner', 'nobody@example.com'])
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('no owner with the email') })
    }
    expect(await keys.findOwner('nobody@example.com')).toBeNull()
  })

  onSqlite('show prints everything but the key', async () => {
    const { token, apiKey } = await make(undefined, { name: 'shown', scopes: ['x:y'] })
    const { code, stdout } = await keystile(place, ['show', String(apiKey.id)])
    expect(code).toBe(0)
    for (const part of [String(apiKey.id), 'shown', 'x:y', 'active', apiKey.keyPrefix]) expect(stdout).toContain(part)
    expect(stdout).not.toContain(token.slice(0, 20))
  })

  inLong('show --json prints the record', async () => {
    const { apiKey } = await make(undefined, { scopes: ['x:y'] })
    expect(await json(place, ['show', String(apiKey.id)])).toEqual(JSON.parse(JSON.stringify(apiKey)))
  })

  onSqlite('update changes what is named and leaves the rest', async () => {
    const { apiKey } = await make(undefined, { scopes: ['a'], expiresIn: '7d', metadata: { k: 1 } })
    const update = (...args: string[]) => json<KeyDocument>(place, ['update', String(apiKey.id), ...args])
    expect(await update('--name', 'after')).toMatchObject({ name: 'after', scopes: ['a'], metadata: { k: 1 } })
    expect(await update('--scopes', '')).toMatchObject({
      name: 'after',
      scopes: [],
      expiresAt: apiKey.expiresAt?.toISOString()
    })
  })

  onSqlite('update sets the limits of a key, and takes them away', async () => {
    const { apiKey } = await make()
    const update = (...args: string[]) => json<KeyDocument>(place, ['update', String(apiKey.id), ...args])
    const limits = { allowedIps: ['203.0.113.0/24', '2001:db8::1'], rateLimit: { limit: 100, window: '1m' } }
    const set = ['--allowed-ips', '203.0.113.0/24, 2001:db8::1', '--rate-limit', '100/1m']
    expect(await update(...set)).toMatchObject(limits)
    const { stdout } = await keystile(place, ['show', String(apiKey.id)])
    expect(stdout).toMatch(/allowed ips +203\.0\.113\.0\/24 2001:db8::1\n/)
    expect(stdout).toMatch(/rate limit +100\/1m\n/)
    expect(await update('--allowed-ips', '', '--rate-limit', 'none')).toMatchObject({
      allowedIps: null,
      rateLimit: null
    })
    await update(...set)
    expect(await update('--allowed-ips', 'none')).toMatchObject({ allowedIps: null, rateLimit: limits.rateLimit })
  })

  inLong('update takes an expiry and metadata away, and sets them', async () => {
    const { apiKey } = await make(undefined, { expiresIn: '7d', metadata: { k: 1 } })
    const update = (...args: string[]) => json<KeyDocument>(place, ['update', String(apiKey.id), ...args])
    expect(await update('--expires', 'never', '--metadata', 'null')).toMatchObject({ expiresAt: null, metadata: null })
    expect(await update('--expires', '9000-01-31')).toMatchObject({ expiresAt: '9000-01-31T00:00:00.000Z' })
  })

  test('rotate prints the new key and lets the old one live for the grace period', async () => {
    const old = await make(undefined, { name: 'rotated', scopes: ['a'] })
    const id = String(old.apiKey.id)
    const { code, stdout, stderr } = await keystile(place, ['rotate', id, '--grace', '24h'])
    expect(code).toBe(0)
    const { apiKey } = await keys.verify(stdout.trim())
    expect(apiKey).toMatchObject({ name: 'rotated', scopes: ['a'] })
    const expiresAt = (await keys.get(id))?.expiresAt
    expect(Number(expiresAt) - apiKey.createdAt.getTime()).toBe(day)
    expect(stderr).toContain(`works until ${expiresAt?.toISOString()}`)
  })

  inLong('rotate fails for a key that was rotated already', async () => {
    const { apiKey } = await make()
    const id = String(apiKey.id)
    await keys.rotate(id, { grace: 0 })
    const again = await keystile(place, ['rotate', id, '--grace', '0'])
    expect(again).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('rotated already') })
  })

  inLong('rotate without grace ends the old key, and gives the new one its own expiry', async () => {
    const old = await make()
    const args = ['rotate', String(old.apiKey.id), '--grace', '0', '--expires', '9000-01-31']
    const { token, apiKey } = await json<NewKeyDocument>(place, args)
    expect(apiKey).toMatchObject({ rotatedFromId: old.apiKey.id, expiresAt: '9000-01-31T00:00:00.000Z' })
    expect(await refusal(old.token)).toBe('expired')
    expect(await refusal(token)).toBeUndefined()
  })

  test('revoke ends a key by its id, with a reason, and again without a change', async () => {
    const { token, apiKey } = await make()
    const revoke = ['revoke', String(apiKey.id), '--reason']
    const first = await json<KeyDocument>(place, [...revoke, 'laptop lost'])
    expect(first).toMatchObject({ status: 'revoked', revokedReason: 'laptop lost' })
    expect(await json(place, [...revoke, 'other'])).toEqual(first)
    expect(await refusal(token)).toBe('revoked')
  })

  onSqlite('revoke --token-stdin ends the key that is on stdin, whatever white space is around it', async () => {
    const { token } = await make()
    const { code, stdout } = await keystile(place, ['revoke', '--token-stdin'], `  ${token}\r\n`)
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('revoked') })
    expect(await refusal(token)).toBe('revoked')
  })

  inLong('revoke --token-stdin fails for a token that no key has', async () => {
    const unknown = await keystile(place, ['revoke', '--token-stdin'], 'sk_unknown\n')
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('no key with this token') })
  })

  onSqlite('revoke --owner ends every key of an owner and no other', async () => {
    const theirs = [await make('leaver@example.com'), await make('leaver@example.com')]
    const other = await make('stays@example.com')
    expect(await json(place, ['revoke', '--owner', 'leaver@example.com', '--yes'])).toEqual({ revoked: 2 })
    expect(await Promise.all([...theirs, other].map(({ token }) => refusal(token)))).toEqual([
      'revoked',
      'revoked',
      undefined
    ])
  })

  onSqlite('delete removes a key', async () => {
    const { token, apiKey } = await make()
    const id = String(apiKey.id)
    const { code, stdout } = await keystile(place, ['delete', id, '--yes'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(id) })
    expect(await keys.get(apiKey.id)).toBeNull()
    expect(await refusal(token)).toBe('unknown')
    expect(await keystile(place, ['delete', id, '--yes'])).toMatchObject({ code: 1, stdout: '' })
  })

  onSqlite('prune removes what ended long enough ago', async () => {
    const { apiKey } = await make()
    const alive = await make()
    await keys.revoke(apiKey.id)
    expect(await json(place, ['prune', '--yes'])).toEqual({ deleted: 0, deletedEvents: 0, deletedHours: 0 })
    const { code, stdout } = await keystile(place, ['prune', '--older-than', '0', '--yes'])
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^Deleted \d+ keys?, 0 events and 0 hours of usage\.\n$/)
    })
    expect(await keys.get(apiKey.id)).toBeNull()
    expect(await keys.get(alive.apiKey.id)).not.toBeNull()
  })
})
