/** A path that can hold no database gives one clear error; what is there stays as it is. */
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ApiKeyError, createApiKeys } from 'keystile'
import { afterAll, describe, expect, test } from 'vitest'
import { projectRoot } from '../helpers/prisma-migrate.js'
import { run } from '../helpers/programs.js'

const folder = mkdtempSync(join(tmpdir(), 'keystile-refused-'))
chmodSync(folder, 0o755)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const at = (name: string) => join(folder, name)

async function refusal(path: string): Promise<ApiKeyError> {
  const keys = createApiKeys({ url: `file:${path}` })
  const error = await keys.ready().catch((error: unknown) => error)
  await keys.close()
  if (!(error instanceof ApiKeyError)) throw new Error(`not an ApiKeyError: ${error}`)
  return error
}

async function migratedFile(path: string): Promise<void> {
  const keys = createApiKeys({ url: `file:${path}` })
  await keys.ready()
  await keys.close()
}

describe('refused', () => {
  test('a folder that does not exist, which is not made', async () => {
    expect(await refusal(at('missing/keys.db'))).toMatchObject({
      code: 'not_writable',
      status: 503,
      message: `The SQLite database ${at('missing/keys.db')} can't be used: its folder does not exist.`
    })
  })

  test('a path through a file', async () => {
    writeFileSync(at('file'), '')
    expect((await refusal(at('file/keys.db'))).message).toContain('its folder is a file')
  })

  test('a path that is a folder', async () => {
    mkdirSync(at('folder.db'))
    expect(await refusal(at('folder.db'))).toMatchObject({
      code: 'not_writable',
      message: expect.stringContaining('it is a folder')
    })
  })

  test('a link into a folder that does not exist', async () => {
    symlinkSync(at('nowhere/keys.db'), at('broken-link.db'))
    expect((await refusal(at('broken-link.db'))).message).toContain('its folder does not exist')
  })

  test.each([
    ['long', 'This is a letter and no database.\n'.repeat(200)],
    ['short', 'hi']
  ])('a file that is no database (%s), which is left alone', async (name, text) => {
    writeFileSync(at(`${name}.db`), text)
    expect(await refusal(at(`${name}.db`))).toMatchObject({
      code: 'incompatible_database',
      message: expect.stringContaining('is not an SQLite database')
    })
    expect(readFileSync(at(`${name}.db`), 'utf8')).toBe(text)
  })
})

test('a user without the right to write is told so', async () => {
  for (const name of ['closed', 'closed-after']) mkdirSync(at(name))
  await migratedFile(at('read-only.db'))
  await migratedFile(at('closed-after/keys.db'))
  writeFileSync(at('empty.db'), '')
  writeFileSync(at('secret.db'), '')
  chmodSync(at('read-only.db'), 0o444)
  chmodSync(at('closed-after/keys.db'), 0o666)
  chmodSync(at('empty.db'), 0o444)
  chmodSync(at('secret.db'), 0o000)
  for (const name of ['closed', 'closed-after']) chmodSync(at(name), 0o555)

  const files = ['closed/keys.db', 'closed-after/keys.db', 'read-only.db', 'empty.db', 'secret.db'].map(at)
  const main = fileURLToPath(new URL('../helpers/as-nobody-main.ts', import.meta.url))
  const { stdout, stderr } = await run(process.execPath, ['--import', 'tsx', main, ...files], { cwd: projectRoot })
  for (const name of ['closed', 'closed-after']) chmodSync(at(name), 0o755)

  expect(stderr.replace(/^\(.*\n/gm, '')).toBe('')
  expect(JSON.parse(stdout)).toEqual(
    files.map((path) => ({
      name: 'ApiKeyError',
      code: 'not_writable',
      message: expect.stringContaining(`${path} can't be used: this user may not write to it`)
    }))
  )
})

test('a file that becomes read-only while it is in use lets keys in to the end', async () => {
  mkdirSync(at('in-use'))
  const keys = createApiKeys({ url: `file:${at('in-use/keys.db')}` })
  await keys.ready()
  await keys.close()
  if (process.getuid?.() === 0)
    for (const path of [at('in-use'), ...filesIn(at('in-use'))]) chownSync(path, 65_534, 65_534)
  const main = fileURLToPath(new URL('../helpers/read-only-later-main.ts', import.meta.url))
  const { stdout, stderr } = await run(process.execPath, ['--import', 'tsx', main, at('in-use')], { cwd: projectRoot })
  chmodSync(at('in-use'), 0o755)
  expect(stderr.replace(/^\(.*\n/gm, '')).toBe('')
  expect(JSON.parse(stdout)).toEqual({ letIn: 'laptop', unwritten: 0, later: 'not_writable' })
})

function filesIn(folder: string): string[] {
  return readdirSync(folder).map((name) => join(folder, name))
}
