import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { missingScopes, parseRequiredScopes, parseScopes, readStoredScopes } from '../src/scopes.js'

/** RFC 6749 section 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ) */
const isScopeCharacter = (code: number) => code >= 0x21 && code <= 0x7e && code !== 0x22 && code !== 0x5c

describe('RFC 6749 section 3.3: scope-token', () => {
  test('of the first 256 characters those of a scope-token pass, anywhere in a name', () => {
    for (let code = 0; code < 256; code++) {
      const character = String.fromCharCode(code)
      for (const scope of [character, `${character}a`, `a${character}b`, `a${character}`]) {
        const parse = () => parseScopes([scope])
        if (isScopeCharacter(code)) expect(parse()).toEqual([scope])
        else expect(parse, `character ${code}`).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
      }
    }
  })
})

describe('the scopes of a key', () => {
  test('repetitions are dropped, the order stays', () => {
    expect(parseScopes(['b', 'a', 'b', '*'])).toEqual(['b', 'a', '*'])
  })

  test('a key has at most 100 of at most 128 characters', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => `s${i}`)
    expect(parseScopes([...hundred, 's0'])).toHaveLength(100)
    expect(() => parseScopes([...hundred, 'more'])).toThrow('at most 100 scopes')
    expect(parseScopes(['x'.repeat(128)])).toHaveLength(1)
    expect(() => parseScopes(['x'.repeat(129)])).toThrow('is not a scope name')
  })

  test.each([
    ['a string', 'reports:read'],
    ['null', null],
    ['an object', { 0: 'a', length: 1 }],
    ['a set', new Set(['a'])],
    ['an empty name', ['']],
    ['a number', [7]],
    ['a nested array', [['a']]],
    ['a hole', new Array(1)],
    ['a String object', [new String('a')]]
  ])('%s is refused', (_, value) => {
    expect(() => parseScopes(value)).toThrow(expect.objectContaining({ code: 'invalid_argument', field: 'scopes' }))
  })
})

describe('the scopes of a row', () => {
  test.each([
    [null, []],
    ['[]', []],
    ['["a","b"]', ['a', 'b']]
  ])('%s grants %j', (stored, scopes) => {
    expect(readStoredScopes(stored)).toEqual({ scopes, damaged: false })
  })

  test.each([
    '',
    'reports:read',
    '{}',
    '{"0":"*","length":1}',
    '{"__proto__":["*"]}',
    '"*"',
    '[["*"]]',
    '["a",7]',
    '["a",null]',
    '["*"',
    'null',
    'true',
    '7'
  ])('%s grants nothing and is damaged', (stored) => {
    expect(readStoredScopes(stored)).toEqual({ scopes: [], damaged: true })
  })

  test('no text throws, and what is granted is always an array of strings', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (stored) => {
        const { scopes } = readStoredScopes(stored)
        expect(scopes.every((scope) => typeof scope === 'string')).toBe(true)
      })
    )
  })
})

describe('what a granted scope covers', () => {
  const covers = (granted: string, required: string) => missingScopes([granted], [required]).length === 0

  test.each([
    ['reports:read', 'reports:read'],
    ['*', 'reports:read'],
    ['*', 'x'],
    ['reports:*', 'reports:read'],
    ['reports:*', 'reports:read:all'],
    ['reports:read:*', 'reports:read:all']
  ])('%s covers %s', (granted, required) => {
    expect(covers(granted, required)).toBe(true)
  })

  test.each([
    ['reports:read', 'reports:write'],
    ['reports:read', 'reports'],
    ['reports', 'reports:read'],
    ['Reports:read', 'reports:read'],
    ['reports:*', 'reports'],
    ['reports:*', 'reportsx:read'],
    ['reports:*', 'report:read'],
    ['reports:*', 'my-reports:read'],
    ['reports*', 'reports:read'],
    ['reports:r*', 'reports:read'],
    ['reports.*', 'reports.read'],
    ['**', 'reports:read'],
    ['*:read', 'reports:read'],
    ['', 'reports:read'],
    ['.*', 'reports:read']
  ])('%s does not cover %s', (granted, required) => {
    expect(covers(granted, required)).toBe(false)
  })

  test('what is missing keeps the order of what is required', () => {
    expect(missingScopes(['b'], ['c', 'b', 'a'])).toEqual(['c', 'a'])
    expect(missingScopes([], ['a'])).toEqual(['a'])
  })
})

describe('the scopes that a guard asks for', () => {
  test('repetitions are dropped', () => {
    expect(parseRequiredScopes('requireScopes', ['a', 'b', 'a'])).toEqual(['a', 'b'])
  })

  test('no scopes at all is a mistake that names the guard', () => {
    expect(() => parseRequiredScopes('requireAnyScope', [])).toThrow(/^requireAnyScope\(\) needs at least one scope/)
  })

  test.each(['*', 'reports:*', ':*'])('the wildcard %s is a mistake', (scope) => {
    expect(() => parseRequiredScopes('requireScopes', ['a', scope])).toThrow(`the wildcard "${scope}"`)
  })

  test.each([undefined, null, 7, '', 'a b', ['a'], { scope: 'a' }])('%j is no scope', (scope) => {
    expect(() => parseRequiredScopes('requireScopes', [scope])).toThrow(TypeError)
  })
})
