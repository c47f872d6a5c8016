/** On a terminal: tables that fit, colours, and questions. A pseudo-terminal is what `script` of util-linux makes. */
import { spawnSync } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { type ApiKeys, createApiKeys } from 'keystile'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { textWidth } from '../../src/cli/text-width.js'
import { freshSqlite } from '../helpers/databases.js'
import { ended, freshFolder, json, main, type Place, start } from './run-keystile.js'

const recorder = 'script'
const hasTerminal = spawnSync(recorder, ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false
if (!hasTerminal) console.warn('SKIPPED: there is no `script` of util-linux here, so nothing is tested on a terminal.')

describe.skipIf(!hasTerminal)('on a terminal', () => {
  let place: Place
  let keys: ApiKeys
  let ownerId: string

  beforeAll(async () => {
    const url = await freshSqlite()
    place = { cwd: await freshFolder(), env: { DATABASE_URL: url } }
    keys = createApiKeys({ url })
    const { owner } = await keys.ensureOwner({ email: 'ada@example.com' })
    ownerId = String(owner.id)
  })

  afterAll(() => keys.close())

  const make = (name: string) => keys.create({ ownerId, name, scopes: ['reports:read', 'reports:write'] })

  /** Runs a command on a terminal so wide, and types the answer when it is asked. */
  async function onTerminal(
    columns: number,
    args: readonly string[],
    answer?: string,
    env: Record<string, string> = {}
  ) {
    const line = [process.execPath, main, ...args].map((part) => `'${part}'`).join(' ')
    const child = start(recorder, ['-qec', `stty cols ${columns} rows 40; ${line}`, '/dev/null'], {
      ...place,
      env: { ...place.env, ...env }
    })
    let seen = ''
    child.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString()
      if (answer === undefined || !/\[y\/N\]|Paste/.test(seen)) return
      child.stdin.write(answer)
      answer = undefined
    })
    const { code, stdout } = await ended(child)
    const text = stdout.replaceAll('\r', '')
    return { code, text, lines: stripVTControlCharacters(text).trimEnd().split('\n') }
  }

  test.each([40, 80, 100, 132, 200])('a table fits into %i columns and its ids are whole', async (columns) => {
    const { apiKey } = await make(`键 ${'long name '.repeat(9)}`)
    const { lines } = await onTerminal(columns, ['list'])
    const table = lines.slice(lines.findIndex((line) => line.startsWith('ID')))
    expect(table.length).toBeGreaterThan(1)
    expect(table.filter((line) => textWidth(line) > columns)).toEqual([])
    expect(table.some((line) => line.startsWith(String(apiKey.id)))).toBe(true)
    if (columns >= 80) expect(table[1]).toContain('…')
    if (columns >= 80) expect(table[0]).toContain('STATUS')
  })

  test('a terminal that is too narrow for an id still gets it whole', async () => {
    const { apiKey } = await make('x')
    expect((await onTerminal(20, ['list'])).text.replaceAll('\n', '')).toContain(String(apiKey.id))
  })

  test('a status has a colour, unless NO_COLOR is set', async () => {
    await make('x')
    expect((await onTerminal(120, ['list'])).text).toContain('\u001b[32mactive')
    expect((await onTerminal(120, ['list'], undefined, { NO_COLOR: '1', FORCE_COLOR: '1' })).text).not.toContain(
      '\u001b'
    )
    expect((await onTerminal(120, ['show', 'x'], undefined, { NO_COLOR: '1' })).text).not.toContain('\u001b')
  })

  test.each([
    ['n', 'n\n'],
    ['nothing', '\n'],
    ['something else', 'yep\n'],
    ['the end of the input', '\u0004']
  ])('delete answered with %s deletes nothing', async (_, answer) => {
    const { apiKey } = await make('kept')
    const { code, lines } = await onTerminal(200, ['delete', String(apiKey.id)], answer)
    expect(code).toBe(1)
    expect(lines.join('\n')).toContain('Delete the key "kept"')
    expect(lines.at(-1)).toBe('keystile: Cancelled: nothing was changed.')
    expect(await keys.get(apiKey.id)).not.toBeNull()
  })

  test('delete interrupted at the question deletes nothing', async () => {
    const { apiKey } = await make('kept')
    expect((await onTerminal(200, ['delete', String(apiKey.id)], '\u0003')).code).toBe(130)
    expect(await keys.get(apiKey.id)).not.toBeNull()
  })

  test('delete answered with y deletes', async () => {
    const { apiKey } = await make('gone')
    expect((await onTerminal(200, ['delete', String(apiKey.id)], 'y\n')).code).toBe(0)
    expect(await keys.get(apiKey.id)).toBeNull()
  })

  test('prune and revoke --owner ask too, also with --json', async () => {
    const { apiKey } = await make('theirs')
    const revoke = ['revoke', '--owner', 'ada@example.com']
    expect((await onTerminal(200, [...revoke, '--json'], 'n\n')).text).toContain('"code":"cancelled"')
    expect((await keys.get(apiKey.id))?.status).toBe('active')
    const { code, text } = await onTerminal(200, revoke, 'yes\n')
    expect({ code, text }).toEqual({
      code: 0,
      text: expect.stringMatching(/Revoke every key of ada@example.com\? \[y\/N\]/)
    })
    expect((await keys.get(apiKey.id))?.status).toBe('revoked')
    expect((await onTerminal(200, ['prune', '--older-than', '0'], 'n\n')).code).toBe(1)
    expect(await keys.get(apiKey.id)).not.toBeNull()
  })

  test('--yes asks nothing', async () => {
    const { apiKey } = await make('gone')
    const { code, text } = await onTerminal(200, ['delete', String(apiKey.id), '--yes'])
    expect({ code, text }).toEqual({ code: 0, text: expect.not.stringContaining('[y/N]') })
  })

  test('--token-stdin asks for the key there', async () => {
    const { token, apiKey } = await make('pasted')
    expect((await onTerminal(200, ['revoke', '--token-stdin'], `${token}\n`)).code).toBe(0)
    expect(await json(place, ['show', String(apiKey.id)])).toMatchObject({ status: 'revoked' })
  })
})
