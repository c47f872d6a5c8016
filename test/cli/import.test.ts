/** keystile import: what it reads, what it says and where, and how it ends. */
import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { oldKey, sqliteJson } from '../helpers/old-keys.js'
import { freshFolder, json, type KeyDocument, keystile, type Place } from './run-keystile.js'

let place: Place
beforeEach(async () => {
  place = { cwd: await freshFolder() }
})

const listed = () => json<{ items: KeyDocument[] }>(place, ['list'])

describe('rows', () => {
  test('come from a file or from stdin, as an array or as lines, and can come again', async () => {
    const rows = [oldKey('ada').row, oldKey('ada').row, oldKey('bob').row]
    const lines = rows.map((row) => JSON.stringify(row)).join('\n')
    const first = await keystile(place, ['import', '--create-owners'], sqliteJson(rows.slice(0, 1)))
    expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Imported 1 key of 1 row\.\n/) })
    const second = await keystile(place, ['import', '-', '--create-owners'], lines)
    expect(second.stdout).toMatch(/^Imported 2 keys of 3 rows; 1 was there already, and not changed\.\n/)
    expect(second.stdout).toContain('Made 1 owner.')
    await writeFile(join(place.cwd, 'rows.jsonl'), lines)
    const third = await keystile(place, ['import', 'rows.jsonl'])
    expect(third.stdout).toMatch(/^Imported 0 keys of 3 rows; 3 were there already, and not changed\.\n/)
    expect((await listed()).items).toHaveLength(3)
  })

  test('that are none are no failure, but nothing at all is', async () => {
    expect(await keystile(place, ['import'], '[]')).toMatchObject({ code: 0, stdout: 'Imported 0 keys of 0 rows.\n' })
    expect(await keystile(place, ['import'], '')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('there is nothing at all')
    })
    expect((await keystile(place, ['import', '--help'])).stdout).toMatch(/- or no file is stdin/)
  })

  test('that are bad are named with their lines, all of them, and nothing is written', async () => {
    const rows = [
      oldKey('ada').row,
      { ...oldKey('ada').row, scopes: '["a b"]' },
      { ...oldKey('ada').row, created_at: 'x' }
    ]
    const { code, stdout, stderr } = await keystile(place, ['import', '--create-owners'], sqliteJson(rows))
    expect(code).toBe(1)
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^row 2 \(line 2\): "a b" is not a scope name/),
      expect.stringMatching(/^row 3 \(line 3\): created_at is no time/),
      ''
    ])
    expect(stderr).toContain("keystile: 2 of 3 rows can't be imported; nothing was written.")
    for (const { key_hash } of rows) expect(stdout + stderr).not.toContain(key_hash)
    const orphan = await keystile(place, ['import'], sqliteJson(rows.slice(0, 1)))
    expect(orphan.stdout).toBe('row 1 (line 1): there is no owner with the id ada\n')
    expect(orphan.stderr).toMatch(/1 of 1 row can't be imported; nothing was written\. .*--create-owners/)
    const indented = await keystile(place, ['import'], JSON.stringify({ rows }, null, 2))
    expect(indented).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('JSON array') })
    const broken = await keystile(place, ['import', '--json'], `${JSON.stringify(rows[0])}\n{"id":\n`)
    expect(broken.code).toBe(1)
    expect(JSON.parse(broken.stdout)).toMatchObject({ imported: 0, problems: [{ row: 1 }, { row: 2, line: 2 }] })
    expect(JSON.parse(broken.stderr)).toMatchObject({ error: { code: 'bad_rows' } })
    expect((await listed()).items).toEqual([])
  })

  test('may have other columns, where it is said what becomes of them', async () => {
    const { key_hash, ...row } = oldKey('ada').row
    const text = JSON.stringify({ ...row, key: key_hash, team: 1, note: 'x' })
    const refused = await keystile(place, ['import', '--create-owners'], text)
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('"team"') })
    expect(refused.stdout).not.toContain(key_hash)
    const options = ['--column', 'key=key_hash', '--ignore-columns', 'team,note', '--create-owners']
    expect(await json(place, ['import', ...options, await file(text)])).toMatchObject({ imported: 1 })
  })
})

describe('HMACs', () => {
  const text = () => sqliteJson([oldKey('ada').row])
  const args = ['import', '--create-owners', '--hash', 'hmac']
  const given = [...args, '--hmac-secret-env', 'OLD_SECRET']

  test('are imported with the secret that a variable has, and what the app needs is said', async () => {
    expect(await keystile(place, args, text())).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('--hmac-secret-env')
    })
    const env = { OLD_SECRET: 'a secret of old' }
    const ended = await keystile({ ...place, env }, given, text())
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('1 HMAC-SHA-256') })
    expect(ended.stderr).toContain('createApiKeys({ acceptHmac: [process.env.OLD_SECRET] })')
    expect(ended.stdout + ended.stderr).not.toContain(env.OLD_SECRET)
    await writeFile(join(place.cwd, '.env'), 'OLD_SECRET=another\n')
    expect(await keystile(place, given, text())).toMatchObject({ code: 0 })
  })

  test('are not where there is no such variable, and its name, which may be the secret, is not repeated', async () => {
    const ended = await keystile(place, [...args, '--hmac-secret-env', 'MY_SECRET_ITSELF'], text())
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--hmac-secret-env takes') })
    expect(ended.stderr).not.toContain('MY_SECRET_ITSELF')
    expect(readdirSync(place.cwd)).toEqual([])
  })
})

test('a dry run says what would be done, how tokens look, and how to narrow that', async () => {
  const text = sqliteJson([oldKey('ada').row])
  const wide = await keystile(place, ['import', '--dry-run', '--create-owners'], text)
  expect(wide.stderr).toContain('There is no database yet')
  expect(readdirSync(place.cwd)).toEqual([])
  expect(wide).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Would import 1 key of 1 row\./) })
  expect(wide.stdout).toContain('sk_..., 20 to 255 characters in all (token68), by SHA-256')
  expect(wide.stdout).toContain('--token-length <n> --token-alphabet <hex|base62|base64url>. A wrong length')
  const narrow = ['--dry-run', '--create-owners', '--token-length', '46', '--token-alphabet', 'base64url']
  const { forms } = await json<{ forms: object[] }>(place, [
    'import',
    ...narrow,
    '--token-prefix',
    'sk_',
    await file(text)
  ])
  expect(forms).toMatchObject([{ prefix: 'sk_', minLength: 46, maxLength: 46, alphabet: 'base64url' }])
  expect((await listed()).items).toEqual([])
})

describe('it is refused', () => {
  test.each([
    [['import', 'nowhere.json'], 2, 'There is no file nowhere.json'],
    [['import', '--hash', 'md5'], 2, 'sha256'],
    [['import', '--token-length', 'long'], 2, 'whole number'],
    [['import', '--token-prefix', ''], 2, 'without a prefix'],
    [['import', '--column', 'key'], 2, 'hashed=key_hash'],
    [['import', '--column', 'key=keyhsh'], 2, 'did you mean']
  ])('%j', async (args, code, message) => {
    const ended = await keystile(place, args, sqliteJson([oldKey('ada').row]))
    expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) })
  })

  test('where the text is UTF-16, as PowerShell writes it, or no JSON', async () => {
    await writeFile(join(place.cwd, 'rows.json'), Buffer.from(`\ufeff${sqliteJson([oldKey('ada').row])}`, 'utf16le'))
    expect(await keystile(place, ['import', 'rows.json'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('UTF-16')
    })
    expect(await keystile(place, ['import'], 'id|user_id\n1|2\n')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('must be a JSON array, or JSON lines')
    })
  })
})

async function file(text: string): Promise<string> {
  await writeFile(join(place.cwd, 'given.json'), text)
  return 'given.json'
}
