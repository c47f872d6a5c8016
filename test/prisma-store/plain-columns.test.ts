/** What is read without Prisma is what keystile and Prisma write; whatever else is in a column is left alone. */
import { describe, expect, test } from 'vitest'
import { plainForm } from '../../src/prisma-store/plain-columns.js'
import type { Provider } from '../../src/sql-names.js'

const read = (provider: Provider, type: string, value: unknown) =>
  plainForm(provider, { type, isOptional: false })?.read(value)
const moment = new Date('2026-03-01T10:00:00.123Z')

describe.each<[Provider, readonly (readonly [string, unknown, unknown])[]]>([
  [
    'sqlite',
    [
      ['String', 'text', 'text'],
      ['Boolean', 1, true],
      ['Boolean', 0, false],
      ['Int', -5, -5],
      ['DateTime', '2026-03-01T10:00:00.123+00:00', moment],
      ['DateTime', moment.getTime(), moment]
    ]
  ],
  [
    'postgresql',
    [
      ['String', '', ''],
      ['Boolean', false, false],
      ['Int', 2_147_483_647, 2_147_483_647],
      ['BigInt', '9223372036854775807', 9_223_372_036_854_775_807n],
      ['DateTime', '2026-03-01T10:00:00.123', moment],
      ['DateTime', '2026-03-01T10:00:00.123999', moment],
      ['DateTime', '2026-03-01T10:00:00', new Date('2026-03-01T10:00:00Z')]
    ]
  ]
])('%s', (provider, plain) => {
  test.each(plain)('%s %j is read', (type, value, expected) => {
    expect(read(provider, type, value)).toStrictEqual(expected)
  })
})

const odd: readonly [Provider, string, readonly unknown[]][] = [
  ['sqlite', 'String', [null, 0.5, 1, true, {}, []]],
  ['sqlite', 'Boolean', [null, 2, -1, 0.5, '1', 'true', true, {}]],
  ['sqlite', 'Int', [null, 0.5, '1', 2_147_483_648, -2_147_483_649, 1e300, {}]],
  [
    'sqlite',
    'DateTime',
    [
      null,
      -1,
      0.5,
      8_640_000_000_000_001,
      1e300,
      '',
      '2026',
      '2026-03-01',
      '2026-03-01 10:00:00',
      '2026-03-01T10:00:00.123',
      '2026-03-01T10:00:00.123Z',
      '2026-03-01T10:00:00+00:00',
      '2026-02-30T10:00:00.123+00:00',
      '2026-03-01T10:00:00.123+02:00',
      '1 March 2026 10:00:00+00:00',
      {}
    ]
  ],
  ['postgresql', 'String', [null, 1, true, {}, []]],
  ['postgresql', 'Boolean', [null, 0, 1, 't', 'true']],
  ['postgresql', 'Int', [null, 0.5, '1', 2_147_483_648]],
  ['postgresql', 'BigInt', [null, 1, '', '01', '1.0', '-0', '1e3', ' 1']],
  [
    'postgresql',
    'DateTime',
    [
      null,
      0,
      'infinity',
      '-infinity',
      '0044-03-15T12:00:00 BC',
      '1890-01-01T00:00:00',
      '294276-12-31T23:59:59',
      '2026-03-01T10:00:00+00:00',
      '2026-03-01 10:00:00'
    ]
  ]
]

test.each(odd)('on %s, of %s nothing else is', (provider, type, values) => {
  for (const value of values) expect([value, read(provider, type, value)]).toEqual([value, undefined])
})

test('what has no plain form is left to Prisma', () => {
  for (const type of ['Json', 'Decimal', 'Bytes', 'Float'])
    for (const provider of ['sqlite', 'postgresql'] as const)
      expect(plainForm(provider, { type, isOptional: true })).toBeUndefined()
  expect(plainForm('sqlite', { type: 'BigInt', isOptional: false })).toBeUndefined()
})
