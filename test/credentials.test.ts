/** One Authorization value, without a socket: the grammar byte by byte, and the time that it takes. */
import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { parseAuthorization, readCredentials } from '../src/credentials.js'

const malformed = { refused: 'malformed', reason: 'malformed_header' }
const otherScheme = { refused: 'missing', reason: 'other_scheme' }
const bytes = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))

/** RFC 9110 section 11.2: token68 = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=" */
const inToken68 = new Set('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/')
/** RFC 9110 section 5.6.2: tchar */
const inSchemeName = new Set("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

describe('RFC 9110 section 11.1: the scheme', () => {
  test.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('%s is the Bearer scheme', (scheme) => {
    expect(parseAuthorization(`${scheme} abc`)).toEqual({ token: 'abc' })
  })

  test.each([
    'Basic YTpi',
    'Digest username="a", realm="b"',
    'Negotiate',
    'DPoP abc',
    'B abc',
    'Beare abc',
    'Bearers abc'
  ])('%s is another scheme', (value) => {
    expect(parseAuthorization(value)).toEqual(otherScheme)
  })

  test('no letter outside ASCII folds into Bearer', () => {
    // The Kelvin sign and the dotless i fold into ASCII in some case mappings; here the bytes are Latin-1.
    for (const byte of bytes.slice(128)) {
      expect(parseAuthorization(`B${byte}arer abc`)).toEqual(otherScheme)
      expect(parseAuthorization(`${byte}Bearer abc`)).not.toHaveProperty('token')
    }
  })

  test('a character of a scheme name after Bearer makes another scheme, any other byte a broken header', () => {
    for (const byte of bytes) {
      if (byte === ' ') continue
      expect(parseAuthorization(`Bearer${byte}abc`)).toEqual(inSchemeName.has(byte) ? otherScheme : malformed)
    }
  })

  test('no byte before Bearer is skipped', () => {
    for (const byte of bytes) expect(parseAuthorization(`${byte}Bearer abc`)).not.toHaveProperty('token')
  })
})

describe('RFC 9110 section 11.4: credentials = auth-scheme [ 1*SP ( token68 / #auth-param ) ]', () => {
  test.each([1, 2, 7, 100])('%i spaces stand between the scheme and the token', (spaces) => {
    expect(parseAuthorization(`Bearer${' '.repeat(spaces)}abc`)).toEqual({ token: 'abc' })
  })

  test.each([
    ['no token', 'Bearer'],
    ['a space and no token', 'Bearer '],
    ['a tab', 'Bearer\tabc'],
    ['a space and a tab', 'Bearer \tabc'],
    ['a tab and a space', 'Bearer\t abc'],
    ['two tokens', 'Bearer abc def'],
    ['a list', 'Bearer abc, Bearer def'],
    ['a list without a space', 'Bearer abc,def'],
    ['a parameter', 'Bearer token="abc"'],
    ['a quoted token', 'Bearer "abc"'],
    ['a colon', 'Bearer: abc'],
    ['an equals sign for the space', 'Bearer=abc'],
    ['the scheme twice', 'Bearer Bearer abc']
  ])('%s is malformed', (_, value) => {
    expect(parseAuthorization(value)).toEqual(malformed)
  })

  test('an empty value is no credentials', () => {
    expect(parseAuthorization('')).toEqual({ refused: 'missing', reason: 'no_credentials' })
  })
})

describe('RFC 9110 section 11.2: token68', () => {
  test.each([
    ['at the start', (byte: string) => `${byte}bc`],
    ['in the middle', (byte: string) => `a${byte}c`],
    ['at the end', (byte: string) => `ab${byte}`]
  ])('of the 256 bytes %s only those of token68 pass', (place, make) => {
    for (const byte of bytes) {
      // Spaces before a token are the separator; equals signs end one.
      if (place === 'at the start' && byte === ' ') continue
      const sound = inToken68.has(byte) || (place === 'at the end' && byte === '=')
      const value = make(byte)
      expect(parseAuthorization(`Bearer ${value}`), `byte ${byte.charCodeAt(0)}`).toEqual(
        sound ? { token: value } : malformed
      )
    }
  })

  test.each(['a=', 'a==', `a${'='.repeat(50)}`])('%s ends in padding', (token) => {
    expect(parseAuthorization(`Bearer ${token}`)).toEqual({ token })
  })

  test.each(['=', '==', '=a', 'a=b', 'a==b='])('%s has its padding in the wrong place', (token) => {
    expect(parseAuthorization(`Bearer ${token}`)).toEqual(malformed)
  })

  test.each(['abc\n', 'abc\r\n', 'abc\ndef', '\nabc', 'abc\n!', '!\nabc'])('%j: a line break ends nothing', (token) => {
    expect(parseAuthorization(`Bearer ${token}`)).toEqual(malformed)
  })

  test('the token is taken as it is: no case changed, nothing decoded or cut off', () => {
    const token = '-._~+/ABCxyz019'
    expect(parseAuthorization(`Bearer ${token}`)).toEqual({ token })
    expect(parseAuthorization(`Bearer ${'aB3_'.repeat(4_000)}`)).toEqual({ token: 'aB3_'.repeat(4_000) })
    expect(parseAuthorization('Bearer abc%41')).toEqual(malformed)
  })
})

test('hostile values take linear time', () => {
  const size = 60_000
  const hostile = [
    `Bearer ${'a'.repeat(size)}!`,
    `Bearer ${'='.repeat(size)}`,
    `Bearer ${'a='.repeat(size / 2)}`,
    `Bearer ${'a'.repeat(size / 2)}${'='.repeat(size / 2)}!`,
    `Bearer${' '.repeat(size)}`,
    `Bearer${' '.repeat(size)}!`,
    `Bearer ${'a '.repeat(size / 2)}`,
    'a'.repeat(size),
    ' '.repeat(size),
    'Bearer '.repeat(size / 7),
    ','.repeat(size)
  ]
  const startedAt = performance.now()
  for (const value of hostile) expect(parseAuthorization(value)).not.toHaveProperty('token')
  // Together they take a few milliseconds; work that grows with the square of the size takes many seconds.
  expect(performance.now() - startedAt).toBeLessThan(2_000)
})

describe('a request that a serverless adapter made, without raw fields', () => {
  test.each([
    ['with a key', { authorization: 'Bearer abc' }, { token: 'abc' }],
    ['without', {}, { refused: 'missing', reason: 'no_credentials' }],
    ['with a malformed one', { authorization: 'Bearer' }, { refused: 'malformed', reason: 'malformed_header' }]
  ])('%s', (_, headers, expected) => {
    expect(readCredentials({ headers, rawHeaders: [] } as unknown as IncomingMessage)).toEqual(expected)
    expect(readCredentials({ headers } as unknown as IncomingMessage)).toEqual(expected)
  })
})
