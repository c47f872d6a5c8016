/** What goes where: results on stdout, words about them on stderr, and each in a form that is safe to print. */

import { spawn } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { createClient } from '@libsql/client'
import { createApiKeys } from 'keystile'
import { beforeAll, describe, expect, test } from 'vitest'
import { freshSqlite } from '../helpers/databases.js'
import { ended, freshFolder, json, type KeyDocument, keystile, main, type Place, start } from './run-keystile.js'

const id = '00000000-0000-7000-8000-000000000000'
const create = ['create', '--owner', 'ada@example.com', '--name', 'laptop']
const token = /^sk_[0-9A-Za-z]{49}$/

let place: Place

beforeAll(async () => {
  place = { cwd: await freshFolder() }
})

describe('the key', () => {
  test('is all that create writes to stdout', async () => {
    const { stdout, stderr } = await keystile(place, create)
    expect(stdout.endsWith('\n')).toBe(true)
    expect(stdout.slice(0, -1)).toMatch(token)
    expect(stderr).toContain('shown this once')
    expect(stderr).not.toContain(stdout.trim())
  })

  test('is what a shell puts into a variable', async () => {
    const child = start(
      'sh',
      ['-c', 'KEY=$("$0" "$@") && printf "[%s]" "$KEY"', process.execPath, main, ...create],
      place
    )
    const { stdout } = await ended(child)
    expect(stdout.slice(1, -1)).toMatch(token)
  })

  test('is with --json in one document, and the words wait for it to be there', async () => {
    const { code, stdout, stderr } = await keystile(place, [...create, '--json'])
    expect(code).toBe(0)
    expect(Object.keys(JSON.parse(stdout) as object)).toEqual(['token', 'apiKey'])
    expect(stderr).toMatch(/^Database: /)
  })

  test.runIf(existsSync('/dev/full'))('that can not be written is a failure that names its id', async () => {
    const child = spawn(process.execPath, [main, ...create], {
      ...place,
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe']
    })
    let stderr = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(1)
    const lost = /keystile delete (\S+)/.exec(stderr)?.[1] ?? ''
    expect(await json(place, ['show', lost])).toMatchObject({ id: lost })
  })
})

describe('an error', () => {
  test('is one line, without a stack', async () => {
    const { code, stdout, stderr } = await keystile(place, ['show', id])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr.trimEnd().split('\n').slice(1)).toEqual([`keystile: There is no key with the id ${id}.`])
  })

  test.each([
    ['of a command', ['show', id], 1, 'not_found'],
    ['of the database', ['update', id, '--name', 'x'], 1, 'not_found'],
    ['of an owner', ['list', '--owner', 'no@example.com'], 1, 'owner_not_found'],
    ['of an argument', ['list', '--limit', '0'], 2, 'invalid_argument'],
    ['of the command line', ['show'], 2, 'invalid_argument'],
    ['of no command', [], 2, 'invalid_argument']
  ])('%s is with --json one document on stderr', async (_, args, exitCode, code) => {
    const result = await keystile(place, [...args, '--json'])
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code: exitCode, stdout: '' })
    expect(JSON.parse(result.stderr)).toEqual({ error: { code, message: expect.any(String) } })
  })

  test('shows no password of the database', async () => {
    const at = (url: string) => keystile({ ...place, env: { DATABASE_URL: url } }, ['list'])
    const unreachable = await at('postgresql://app:s3cret-word@127.0.0.1:1/app')
    expect(unreachable).toMatchObject({ code: 1, stderr: expect.stringContaining('127.0.0.1:1/app') })
    const wrong = await at('mysql://app:s3cret-word@127.0.0.1/app')
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('DATABASE_URL begins with mysql:') })
    const invalid = await at('postgresql://app:s3cret-word#@127.0.0.1/app')
    expect(invalid.code).toBe(1)
    expect([unreachable, wrong, invalid].map(({ stderr }) => stderr).join('')).not.toContain('s3cret')
  })
})

describe('a table that is not for a terminal', () => {
  test('has every column whole and no colours', async () => {
    const name = 'n'.repeat(100)
    await keystile(place, ['create', '--owner', 'wide@example.com', '--name', name, '--scopes', 's'.repeat(100)])
    const { stdout } = await keystile({ ...place, env: { COLUMNS: '40', FORCE_COLOR: '1' } }, ['list'])
    for (const part of [name, 's'.repeat(100), 'OWNER']) expect(stdout).toContain(part)
    expect(stdout).not.toContain('\u001b')
  })

  test('may be cut off by its reader', async () => {
    for (const args of [['list'], ['list', '--json'], ['--help']]) {
      const child = start(
        'bash',
        ['-c', 'set -o pipefail; "$0" "$@" | head -c 1', process.execPath, main, ...args],
        place
      )
      const { code, stdout, stderr } = await ended(child)
      expect({ code, stdout, stderr: stderr.replace(/^Database: .*\n/, '') }).toEqual({
        code: 0,
        stdout: expect.stringMatching(/^.$/),
        stderr: ''
      })
    }
  })

  test('and a reader who is gone before it is written change nothing', async () => {
    const child = start(process.execPath, [main, 'list'], place)
    child.stdout.destroy()
    const { code, stderr } = await ended(child)
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^Database: .*\n$/) })
  })
})

const harmful = ['\u001b', '\u009b', '\u202e', '\u0007']

test('a damaged row is printed without what would move the cursor, and as damaged', async () => {
  const url = await freshSqlite()
  const keys = createApiKeys({ url })
  const { owner } = await keys.ensureOwner({ email: 'ada@example.com' })
  const { apiKey } = await keys.create({ ownerId: owner.id, name: 'x' })
  await keys.close()
  const database = createClient({ url })
  await database.execute({
    sql: "UPDATE api_keys SET name = ?, revoked_reason = ?, expires_at = 'whenever', scopes = '{}'",
    args: ['\u001b[2J\u009b31m\u202eevil\nrow', '\u0007bell']
  })
  database.close()
  const at = { ...place, env: { DATABASE_URL: url } }
  for (const args of [['list'], ['show', String(apiKey.id)]]) {
    const { code, stdout } = await keystile(at, args)
    expect(code).toBe(0)
    expect(stdout).toMatch(/\ufffd\[2J\ufffd31m\ufffdevil\ufffdrow/)
    expect(harmful.filter((character) => stdout.includes(character))).toEqual([])
    // Not "never" and "none", which is how an expiry and scopes that are not there read.
    if (args[0] === 'list') expect(stdout).toMatch(/damaged {2}damaged .* damaged {2}/)
    else expect(stdout).toMatch(/^scopes +damaged\nexpires +damaged$/m)
  }
  const { stdout } = await keystile(at, ['show', String(apiKey.id), '--json'])
  expect(harmful.filter((character) => stdout.includes(character))).toEqual([])
  const document = JSON.parse(stdout) as KeyDocument & { damaged: string[] }
  expect(document).toMatchObject({ name: '\u001b[2J\u009b31m\u202eevil\nrow', status: 'damaged', expiresAt: null })
  expect(document.damaged.sort()).toEqual(['expiresAt', 'scopes'])
})

test('--version and --help go to stdout', async () => {
  expect(await keystile(place, ['--version'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/)
  })
  const { code, stdout, stderr } = await keystile(place, ['--help'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const commands = ['migrate', 'create', 'list', 'show', 'update', 'rotate', 'revoke', 'delete', 'prune', 'doctor']
  for (const command of commands) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'))
  for (const command of commands) {
    expect(await keystile(place, [command, '--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/--json[\s\S]*--config[\s\S]*Examples:\n {2}\$ .*keystile/)
    })
  }
})
