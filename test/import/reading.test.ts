/** From a file to rows, and from a column's value to what a key has: nothing here asks a database. */
import { describe, expect, test } from 'vitest'
import { readColumns } from '../../src/import/columns.js'
import { parseAlg, parseHash } from '../../src/import/hashes.js'
import { readText } from '../../src/import/read-text.js'
import { parseEnd, parseTime } from '../../src/import/times.js'
import { asLine, parseActive, parseCount } from '../../src/import/values.js'
import { digest, oldKey, sqliteJson } from '../helpers/old-keys.js'

const cell = (value: unknown) => ({ given: 'the_column', value })

describe('a file', () => {
  test('as sqlite3 -json prints it has a row on each line', () => {
    const rows = [oldKey('a').row, oldKey('b').row, oldKey('c').row]
    expect(readText(sqliteJson(rows))).toEqual(rows.map((value, index) => ({ row: index + 1, line: index + 1, value })))
  })

  test('may be indented, begin with a byte order mark, and have brackets and quotes in its texts', () => {
    const rows = [{ name: 'a ] } , { [ "' }, { name: '\\' }, { scopes: ['x', { y: [] }] }]
    const text = `\ufeff\n${JSON.stringify(rows, null, 2)}`
    expect(readText(text)).toEqual([
      { row: 1, line: 3, value: rows[0] },
      { row: 2, line: 6, value: rows[1] },
      { row: 3, line: 9, value: rows[2] }
    ])
  })

  test('of JSON lines has a row on each line that is not empty', () => {
    expect(readText('{"a":1}\r\n\n{"a":2}\n')).toEqual([
      { row: 1, line: 1, value: { a: 1 } },
      { row: 2, line: 3, value: { a: 2 } }
    ])
  })

  test.each(['[]', '[ ]\n'])('%j has no rows', (text) => {
    expect(readText(text)).toEqual([])
  })

  test('with a broken row has the others all the same', () => {
    expect(readText('[{"a":1},\n{"a":x},\n{"a":3}]')).toMatchObject([
      { row: 1, value: { a: 1 } },
      { row: 2, line: 2, broken: 'it is not JSON' },
      { row: 3, line: 3, value: { a: 3 } }
    ])
    expect(readText('{"a":1}\n{"a"\n{"a":3}')).toMatchObject([
      { row: 1 },
      { row: 2, line: 2, broken: 'it is not one JSON object on one line' },
      { row: 3 }
    ])
  })

  test.each([
    ['that was cut', '[{"a":1},\n{"a":2', 'no end'],
    ['with more behind its end', '[]\n[]', 'more behind'],
    ['of CSV', 'id,user_id\n1,2', 'neither'],
    ['that is empty', '', 'nothing at all'],
    ['of white space', ' \n', 'nothing at all'],
    ['with one row over several lines', '{\n  "user_id": "1",\n  "metadata": {\n  }\n}\n', 'over several lines'],
    ['with rows over several lines', '{\n  "user_id": 1\n}\n{\n  "user_id": 2\n}\n', 'over several lines'],
    ['with rows inside an indented object', '{\n  "rows": [\n    {\n"user_id": 1\n}\n  ]\n}', 'the array alone'],
    ['with rows inside an object', '{"rows":[{"user_id":1}]}', 'the array alone']
  ])('%s is refused, and the message quotes nothing of it', (_, text, message) => {
    expect(() => readText(text)).toThrow(message)
    expect(() => readText(text)).not.toThrow('user_id')
  })
})

describe('a time', () => {
  const at = '2025-12-17T21:27:32.000Z'
  test.each([
    ['2025-12-17 21:27:32.000000', at],
    ['2025-12-17 21:27:32', at],
    ['2025-12-17T21:27:32Z', at],
    ['2025-12-17T21:27:32.000+00:00', at],
    ['2025-12-17 21:27:32+00', at],
    ['2025-12-17 22:27:32.000000+01', at],
    ['2025-12-17T18:57:32-0230', at],
    ['2025-12-17T22:27+01:00', '2025-12-17T21:27:00.000Z'],
    ['2025-12-17 21:27:32.987654', '2025-12-17T21:27:32.987Z'],
    ['2025-12-17', '2025-12-17T00:00:00.000Z'],
    [1766006852, at],
    [1766006852.5, '2025-12-17T21:27:32.500Z'],
    [1766006852000, at],
    ['1766006852', at],
    ['1766006852000', at],
    [new Date(at), at]
  ])('%j is understood', (value, expected) => {
    expect(parseTime(cell(value))?.toISOString()).toBe(expected)
  })

  test.each([null, undefined, ''])('%j is none', (value) => {
    expect(parseTime(cell(value))).toBeNull()
    expect(parseTime(undefined)).toBeNull()
  })

  test.each([
    ['2025-02-30', 'no time'],
    ['2025-13-01 00:00:00', 'no time'],
    ['2025-12-17 25:00:00', 'no time'],
    ['17.12.2025', 'no time'],
    ['tomorrow', 'no time'],
    [true, 'no time'],
    [{}, 'no time'],
    [new Date('x'), 'no time'],
    [0, '1970'],
    ['9999-12-31 23:59:59', 'never'],
    [1766006852000000, 'never'],
    ['infinity', 'no time']
  ])('%j is refused', (value, message) => {
    expect(() => parseTime(cell(value))).toThrow(message)
  })

  test('of an end may be infinity', () => {
    expect(parseEnd(cell('infinity'))).toBeNull()
  })
})

describe('a flag', () => {
  test.each([true, 1, 1n, '1', 't', 'T', 'true', 'TRUE'])('%o is true', (value) => {
    expect(parseActive(cell(value))).toBe(true)
  })
  test.each([false, 0, 0n, '0', 'f', 'false'])('%o is false', (value) => {
    expect(parseActive(cell(value))).toBe(false)
  })
  test.each([null, undefined, '', 'yes', 2, -1, [], 'no'])('%j is refused', (value) => {
    expect(() => parseActive(cell(value))).toThrow('the_column')
  })
})

describe('a count', () => {
  test.each([
    ['0', 0n],
    ['9223372036854775807', 9223372036854775807n],
    [12, 12n],
    [12n, 12n],
    [null, 0n],
    ['', 0n]
  ])('%o is understood', (value, expected) => {
    expect(parseCount(cell(value))).toBe(expected)
  })
  test.each(['-1', '1.5', '1e3', '9223372036854775808', -1, 1.5, 2 ** 53, true, 'many', '0x10'])(
    '%j is refused',
    (value) => {
      expect(() => parseCount(cell(value))).toThrow('the_column')
    }
  )
})

describe('a hash', () => {
  const token = 'sk_hello'
  const forms = (alg: 'sha256' | 'sha512') => {
    const hex = digest(alg, token).digest('hex')
    const base64 = digest(alg, token).digest('base64')
    return [
      hex,
      hex.toUpperCase(),
      `\\x${hex}`,
      base64,
      base64.replace(/=+$/, ''),
      digest(alg, token).digest('base64url')
    ].map((value) => [value, alg, hex] as const)
  }
  test.each([...forms('sha256'), ...forms('sha512')])('%s is told by its form', (value, alg, hex) => {
    expect(parseHash(cell(value), undefined)).toEqual({ keyHash: hex, alg })
  })

  test('of 32 bytes may be said to be an HMAC', () => {
    const hex = digest('sha256', token).digest('hex')
    expect(parseHash(cell(hex), 'hmac')).toEqual({ keyHash: hex, alg: 'hmac' })
  })

  const slow = 'N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
  test.each([
    [`$2b$10$${slow}`, `$2b$10$${slow}`],
    [`$2a$04$${slow}`, `$2a$04$${slow}`],
    [`$2y$12$${slow}`, `$2b$12$${slow}`]
  ])('%s is bcrypt', (value, stored) => {
    expect(parseHash(cell(value), undefined)).toEqual({ keyHash: stored, alg: 'bcrypt' })
  })

  test.each([
    ['too short', 'abc123', undefined],
    ['a number', 7, undefined],
    ['nothing', null, undefined],
    ['hexadecimal of 40 digits', 'a'.repeat(40), undefined],
    ['a SHA-256 said to be a SHA-512', 'a'.repeat(64), 'sha512'],
    ['a SHA-256 said to be bcrypt', 'a'.repeat(64), 'bcrypt'],
    ['base64 with a bit too many', `${'A'.repeat(42)}B`, undefined],
    ['bcrypt that would take days', `$2b$31$${slow}`, undefined],
    ['bcrypt that was cut', `$2b$10$${slow.slice(1)}`, undefined],
    ['longer than any hash', `${'='.repeat(200_000)}x`, undefined],
    ['longer than any hash, said to be one', `${'='.repeat(200_000)}x`, 'sha256'],
    ['an argon2 hash', '$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA', undefined]
  ] as const)('that is %s is refused, and not shown', (_, value, alg) => {
    expect(() => parseHash(cell(value), alg)).toThrow(/the_column/)
    if (typeof value === 'string') expect(() => parseHash(cell(value), alg)).not.toThrow(value)
  })

  test('has a kind by several names', () => {
    expect(['sha256', 'SHA-256', 'hmac-sha256', 'bcrypt', null, ''].map((name) => parseAlg(cell(name)))).toEqual([
      'sha256',
      'sha256',
      'hmac',
      'bcrypt',
      undefined,
      undefined
    ])
    expect(() => parseAlg(cell('md5'))).toThrow('sha256, sha512, hmac, bcrypt')
  })
})

describe('columns', () => {
  const none = { names: new Map(), ignored: new Set<string>() }
  test('may be in snake_case or camelCase, and some have two names', () => {
    const { cells, faults } = readColumns({ user_id: 1, keyHash: 2, created_at: 3, email: 4 }, none)
    expect([faults, [...cells.keys()]]).toEqual([[], ['userId', 'keyHash', 'createdAt', 'ownerEmail']])
    expect([...readColumns({ owner_id: 1, user_email: 2 }, none).cells.keys()]).toEqual(['userId', 'ownerEmail'])
  })

  test('that are not known are faults that say how to go on', () => {
    expect(readColumns({ user_id: 1, team_id: 2 }, none).faults).toEqual([
      'there is no column "team_id" here. Leave it out with --ignore-columns team_id (ignoreColumns: ["team_id"]), or say what it is: --column team_id=<ours> (columns: { "team_id": "<ours>" })'
    ])
    expect(readColumns(JSON.parse('{"__proto__": 1, "constructor": 2}') as object, none).faults).toHaveLength(2)
  })

  test.each(['key', 'token', 'secret', 'api_key', 'apiKey', 'plain_token', 'key_value'])(
    'such as %s may hold what no file should',
    (name) => {
      const { faults } = readColumns({ [name]: 'sk_verysecret' }, none)
      expect(faults).toEqual([expect.stringContaining('keys themselves')])
      expect(faults[0]).toMatch(`--column ${name}=key_hash (columns: { "${name}": "key_hash" })`)
      expect(faults.join()).not.toContain('verysecret')
    }
  )

  test('may be named, or left out', () => {
    const rules = { names: new Map([['key', 'keyHash'] as const]), ignored: new Set(['team_id', 'token']) }
    const { cells, faults } = readColumns({ key: 1, team_id: 2, token: 3 }, rules)
    expect([faults, [...cells]]).toEqual([[], [['keyHash', { given: 'key', value: 1 }]]])
  })

  test('that mean the same are a fault', () => {
    expect(readColumns({ user_id: 1, userId: 2 }, none).faults).toEqual([expect.stringContaining('both mean userId')])
  })
})

test('a text is made one line that fits', () => {
  expect(asLine(' a\n\tb\u0000\ud800', 100)).toBe('a b \ufffd')
  expect(asLine('👍'.repeat(101), 100)).toBe('👍'.repeat(100))
})
