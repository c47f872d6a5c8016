/** A wrong command line: exit code 2, one line that says what is wrong, and nothing was opened or made. */
import { readdir } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { freshFolder, keystile, type Place } from './run-keystile.js'

const id = '00000000-0000-7000-8000-000000000000'
const token = `sk_${'4TblKZxeo4RfhldnnKcWVKRC9yyrMObG24MRHXMni9t3VkCTa'}`
const create = ['create', '--owner', 'ada@example.com', '--name', 'x']

let place: Place

beforeAll(async () => {
  place = { cwd: await freshFolder() }
})

test.each([
  ['an unknown command', ['lst'], "unknown command 'lst' (Did you mean list?)"],
  ['an unknown option', ['list', '--onwer', 'x'], "unknown option '--onwer' (Did you mean --owner?)"],
  ['a missing id', ['show'], "missing required argument 'id'"],
  ['an argument too many', ['show', id, 'more'], 'too many arguments'],
  ['create without an owner', ['create', '--name', 'x'], "'--owner <email|id>' not specified"],
  ['create without a name', ['create', '--owner', 'a@b.c'], "'--name <name>' not specified"],
  ['an option without its value', ['create', '--owner'], 'argument missing'],
  ['an empty name', [...create, '--name', ''], 'name must be'],
  ['a name with a line break', [...create, '--name', 'a\nb'], 'name must be'],
  ['a scope with a quote', [...create, '--scopes', 'a"b'], 'is not a scope name'],
  ['an expiry that is neither', [...create, '--expires', 'soon'], 'Give a duration such as 90d'],
  ['an expiry of no length', [...create, '--expires', '0d'], 'Give a duration such as 90d'],
  ['a day that does not exist', [...create, '--expires', '2999-02-30'], 'Give a duration such as 90d'],
  ['a time without an offset', [...create, '--expires', '2999-02-01T10:00'], 'Give a duration such as 90d'],
  ['a day in the past', [...create, '--expires', '2020-01-31'], 'in the past'],
  ['an expiry past the calendar', [...create, '--expires', '9999-12-31'], 'before the year 9999'],
  ['metadata that is not JSON', [...create, '--metadata', '{a:1}'], '--metadata must be a JSON object'],
  ['metadata that is no object', [...create, '--metadata', '[1]'], 'metadata must be an object'],
  ['an address that is none', [...create, '--allowed-ips', 'localhost'], 'is no address or range'],
  ['a rate without a window', [...create, '--rate-limit', '100'], 'Give requests and a window, such as 100/1m'],
  ['a rate of nothing', [...create, '--rate-limit', '0/1m'], 'rateLimit.limit must be'],
  ['a window too long', [...create, '--rate-limit', '1/8d'], 'rateLimit.window must be'],
  ['an owner that is no email', ['create', '--owner', 'a@b@c', '--name', 'x'], 'email must be'],
  ['a limit that is no number', ['list', '--limit', 'ten'], 'Give a whole number'],
  ['a limit of 0', ['list', '--limit', '0'], 'from 1 to 100'],
  ['a limit past 100', ['list', '--limit', '101'], 'from 1 to 100'],
  ['a cursor of one’s own', ['list', '--cursor', 'abc'], 'cursor must be'],
  ['update of nothing', ['update', id], 'Nothing to change'],
  ['rotate without a grace period', ['rotate', id], "'--grace <duration>' not specified"],
  ['a grace period without a unit', ['rotate', id, '--grace', '24'], 'Give a duration such as 24h'],
  ['a negative grace period', ['rotate', id, '--grace', '-5h'], 'Give a duration such as 24h'],
  ['revoke of nothing', ['revoke'], 'an id, --token-stdin or --owner'],
  ['revoke in two ways', ['revoke', id, '--token-stdin'], 'an id, --token-stdin or --owner'],
  ['a reason of two lines', ['revoke', id, '--reason', 'a\nb'], 'reason must be'],
  ['a token that is not there', ['revoke', '--token-stdin'], 'no key on stdin'],
  ['delete off a terminal', ['delete', id], 'delete needs --yes'],
  ['prune off a terminal', ['prune'], 'prune needs --yes'],
  ['prune by a number', ['prune', '--older-than', '30', '--yes'], 'Give a duration such as 24h'],
  ['revoke --owner off a terminal', ['revoke', '--owner', 'a@b.c'], 'revoke --owner needs --yes'],
  ['a config file that is not there', ['list', '--config', 'nowhere.ts'], 'there is no file']
])('%s is refused', async (_, args, message) => {
  const { code, stdout, stderr } = await keystile(place, args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  const lines = stderr
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('Database: '))
  expect(lines).toEqual([expect.stringMatching(/^keystile: /)])
  expect(lines[0]).toContain(message)
})

test('a wrong command line makes no database, except where only the database can tell', async () => {
  const cwd = await freshFolder()
  for (const args of [['lst'], ['show'], [...create, '--name', ''], ['prune'], ['revoke']])
    await keystile({ cwd }, args)
  expect(await readdir(cwd)).toEqual([])
})

test('no command at all prints the help on stderr', async () => {
  const { code, stdout, stderr } = await keystile(place, [])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('Usage: keystile')
})

describe('a token on the command line', () => {
  test.each([
    ['as the argument of revoke', ['revoke', token]],
    ['as an option of its own', ['revoke', `--token=${token}`]],
    ['with Bearer before it', ['revoke', `Bearer ${token}`]],
    ['with a prefix of the app’s', ['revoke', token.replace('sk_', 'acme_live_')]],
    ['with a character lost', ['revoke', token.slice(0, -1)]],
    ['in a list', [...create, '--name', 'x', '--scopes', `a,${token}`]],
    ['in an address', ['revoke', 'x', '--reason', `https://pastebin.com/${token}`]],
    ['as an id', ['show', token]],
    ['as a command', [token]]
  ])('%s is refused and not repeated', async (_, args) => {
    for (const format of [[], ['--json']]) {
      const { code, stdout, stderr } = await keystile(place, [...args, ...format])
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toContain('--token-stdin')
      expect(stderr).not.toContain(token.slice(10, 30))
    }
  })
})

test('more than one token on stdin is refused', async () => {
  const { code, stderr } = await keystile(place, ['revoke', '--token-stdin'], `${token}\n${token}\n`)
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('one key and nothing else') })
})

test('stdin without an end is not read for ever', async () => {
  const { code } = await keystile(place, ['revoke', '--token-stdin'], 'x'.repeat(1_000_000))
  expect(code).toBe(2)
})
