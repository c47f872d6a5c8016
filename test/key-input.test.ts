/** What the methods of ApiKeys are given, checked before any query is made of it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCursor, toCursor } from '../src/cursor.js'
import { ownFields, parseEmail, parseGrace, parseId, parseKeyFields, parseName, parseReason } from '../src/key-input.js'

const nowMs = Date.UTC(2026, 0, 1)
const invalid = (field: string) => expect.objectContaining({ name: 'ApiKeyError', code: 'invalid_argument', field })

describe('parseId', () => {
  test.each(['a', '01a209b9-7f21-77fc-bd21-7138e1bde099', 'x'.repeat(255), 0, 7, -1, 7n, 2n ** 63n - 1n])(
    '%s is an id',
    (id) => {
      expect(parseId('id', id)).toBe(id)
    }
  )

  test.each([
    undefined,
    null,
    '',
    'x'.repeat(256),
    'a\0b',
    'a\nb',
    '\ud800',
    1.5,
    Number.NaN,
    2 ** 53,
    true,
    [],
    ['a'],
    {},
    { not: 'a' },
    { startsWith: '' },
    new String('a'),
    Symbol('a')
  ])('%o is none: nothing but a plain value reaches a query', (id) => {
    expect(() => parseId('ownerId', id)).toThrow(invalid('ownerId'))
  })
})

describe('ownFields', () => {
  test('known fields pass', () => {
    expect(ownFields('create', { name: 'a', scopes: [] }, ['name', 'scopes'])).toEqual({ name: 'a', scopes: [] })
  })

  test('a misspelt field is named, with the nearest one', () => {
    expect(() => ownFields('create', { expiresin: '1d' }, ['name', 'expiresIn'])).toThrow(
      'create() knows no field "expiresin"; did you mean "expiresIn"? It takes name, expiresIn.'
    )
  })

  test('__proto__ of a parsed body is a field like any other', () => {
    expect(() => ownFields('create', JSON.parse('{"__proto__":{"name":"a"}}'), ['name'])).toThrow(invalid('__proto__'))
  })

  test('what a prototype has is no field, and each field is read once', () => {
    const body = Object.assign({}, JSON.parse('{"name":"a","__proto__":{"scopes":["*"]}}')) as { scopes?: unknown }
    expect(ownFields('create', body, ['name', 'scopes']).scopes).toBeUndefined()
    let reads = 0
    const moody = {
      get name() {
        return `read ${++reads}`
      }
    }
    const given = ownFields('create', moody, ['name'])
    expect([given.name, given.name]).toEqual(['read 1', 'read 1'])
  })

  test('a name that may be a token is cut', () => {
    const token = `sk_${'a'.repeat(49)}`
    expect(() => ownFields('create', { [token]: 1 }, ['name'])).toThrow('"sk_aaaaaaaa..."')
  })

  test.each([undefined, null, 'a', 7, [], () => {}])('%o is no input', (input) => {
    expect(() => ownFields('create', input as object, ['name'])).toThrow(invalid('input'))
  })
})

describe('where a string is right, what is wrong with this one is said', () => {
  test.each([
    ['expiresIn', '90 days', "must be a duration such as '12h' or '90d', not \"90 days\"."],
    ['expiresIn', 'a\u001b[31m\u202e\u2028', 'not "a\\u001b[31m\\u{202e}\\u{2028}".'],
    ['expiresIn', `sk_${'a'.repeat(49)}`, 'not "sk_aaaaaaaa...".'],
    ['name', 'x'.repeat(101), 'not a string of 101 characters.'],
    ['name', 'a\nb', 'not a string of 3 characters with a line break.'],
    ['name', 'a\0b', 'not a string of 3 characters with a control character.'],
    ['name', '\ud800', 'not a string of 1 character with half of a surrogate pair.'],
    ['name', '  ', 'not a string of 2 characters with nothing but space.']
  ])('%s: %j', (field, value, message) => {
    expect(() => parseKeyFields({ [field]: value }, nowMs)).toThrow(message)
  })

  test.each([
    ['ada', 'not a string of 3 characters without @.'],
    ['ada@', 'not a string of 4 characters.'],
    ['a@b@c', 'not a string of 5 characters with more than one @.'],
    ['ada @example.com', 'not a string of 16 characters with space in it.'],
    [`${'a'.repeat(250)}@example.com`, 'not a string of 262 characters.']
  ])('email: %s', (value, message) => {
    expect(() => parseEmail(value)).toThrow(`email must be an email address, such as ada@example.com, ${message}`)
  })

  test('grace, a reason and an id', () => {
    expect(() => parseGrace('1 day')).toThrow('or 0, not "1 day".')
    expect(() => parseReason('x'.repeat(201))).toThrow('of at most 200 characters, not a string of 201 characters.')
    expect(() => parseId('ownerId', 'x'.repeat(256))).toThrow('not a string of 256 characters.')
  })
})

describe('parseName', () => {
  test.each(['a', ' a ', 'x'.repeat(100), '🔑'.repeat(100), "Ada's laptop; DROP TABLE"])(
    '%j is kept as it is',
    (name) => {
      expect(parseName(name)).toBe(name)
    }
  )

  test.each(['', '   ', 'x'.repeat(101), 'two\nlines', 'nul\0', '\u0085', '\udc00', null, 7, ['a']])(
    '%j is refused',
    (name) => {
      expect(() => parseName(name)).toThrow(invalid('name'))
    }
  )
})

describe('parseKeyFields', () => {
  const parse = (fields: object) => parseKeyFields(fields, nowMs)

  test('what was not given is not there, so that an update leaves it alone', () => {
    expect(parse({})).toEqual({})
    expect(Object.keys(parse({ name: undefined, scopes: undefined, expiresAt: undefined }))).toEqual([])
    expect(parse({ expiresAt: null, metadata: null })).toEqual({ expiresAt: null, metadata: null })
  })

  test('an expiry is in the future, if only by a millisecond', () => {
    expect(parse({ expiresAt: new Date(nowMs + 1) })).toEqual({ expiresAt: new Date(nowMs + 1) })
    expect(() => parse({ expiresAt: new Date(nowMs) })).toThrow(invalid('expiresAt'))
    expect(() => parse({ expiresAt: new Date(nowMs - 1) })).toThrow(invalid('expiresAt'))
  })

  test('an expiry is a copy: setting the Date that was given changes nothing', () => {
    const given = new Date(nowMs + 1_000)
    const { expiresAt } = parse({ expiresAt: given })
    given.setTime(nowMs + 1_000_000)
    expect(expiresAt).toEqual(new Date(nowMs + 1_000))
  })

  test.each([new Date(Number.NaN), new Date(8.64e15), '2030-01-01', 1_900_000_000_000, {}, true])(
    'expiresAt %o is refused',
    (expiresAt) => {
      expect(() => parse({ expiresAt })).toThrow(invalid('expiresAt'))
    }
  )

  test('expiresIn counts from now', () => {
    expect(parse({ expiresIn: '90d' })).toEqual({ expiresAt: new Date(nowMs + 90 * 86_400_000) })
  })

  test.each([0, '0s', '-1d', '90', '1y', 86_400_000, null, new Date()])('expiresIn %o is refused', (expiresIn) => {
    expect(() => parse({ expiresIn })).toThrow(invalid('expiresIn'))
  })

  test('expiresAt and expiresIn exclude each other', () => {
    expect(() => parse({ expiresAt: new Date(nowMs + 1), expiresIn: '1d' })).toThrow(invalid('expiresIn'))
    expect(() => parse({ expiresAt: null, expiresIn: '1d' })).toThrow(invalid('expiresIn'))
  })

  test('metadata is what JSON makes of it, a copy', () => {
    const given = { plan: 'pro', when: new Date(nowMs), nothing: undefined, deep: { list: [1] } }
    const { metadata } = parse({ metadata: given })
    given.deep.list.push(2)
    expect(metadata).toEqual({ plan: 'pro', when: new Date(nowMs).toISOString(), deep: { list: [1] } })
  })

  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  test.each([[[]], ['text'], [7], [new Date()], [cycle], [{ big: 1n }], [{ text: 'x'.repeat(4_096) }]])(
    'metadata %o is refused',
    (metadata) => {
      expect(() => parse({ metadata })).toThrow(invalid('metadata'))
    }
  )

  test('metadata takes 4,096 characters as JSON', () => {
    const text = 'x'.repeat(4_096 - '{"text":""}'.length)
    expect(parse({ metadata: { text } })).toEqual({ metadata: { text } })
    expect(() => parse({ metadata: { text: `${text}x` } })).toThrow(invalid('metadata'))
  })
})

describe('parseEmail, parseReason, parseGrace', () => {
  test.each(['a@b', 'ada.o+x@example.com'])('%s is an email address', (email) => {
    expect(parseEmail(email)).toBe(email)
  })

  test.each(['', 'a', '@b', 'a@', 'a b@c', 'a@b@c', 'a@b\n', `${'x'.repeat(250)}@b.cd`, null, { contains: '@' }])(
    '%j is none',
    (email) => {
      expect(() => parseEmail(email)).toThrow(invalid('email'))
    }
  )

  test('a reason is null, or one line of at most 200 characters', () => {
    expect([parseReason(undefined), parseReason(null), parseReason('lost')]).toEqual([null, null, 'lost'])
    expect(parseReason('x'.repeat(200))).toHaveLength(200)
    for (const reason of ['x'.repeat(201), 'a\nb', 7, {}]) expect(() => parseReason(reason)).toThrow(invalid('reason'))
  })

  test('a grace period is a duration or 0', () => {
    expect([parseGrace('24h'), parseGrace(0)]).toEqual([86_400_000, 0])
    for (const grace of [undefined, null, '', '1', 5, '-1h']) expect(() => parseGrace(grace)).toThrow(invalid('grace'))
    expect(() => parseGrace('x', 'olderThan')).toThrow(invalid('olderThan'))
  })
})

describe('cursors', () => {
  type Place = Parameters<typeof toCursor>[0]
  const place = (id: string | number | bigint) => ({ at: new Date(nowMs), id }) as Place

  test.each(['01a209b9', 7, 2n ** 60n, '7', 'ü'])('a cursor of the id %s leads back to it, with its type', (id) => {
    expect(parseCursor(toCursor(place(id)))).toEqual({ at: new Date(nowMs), id })
  })

  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  test.each([
    '',
    'nonsense',
    'W10',
    encode(null),
    encode({}),
    encode([nowMs, 'string']),
    encode([nowMs, 'string', { not: '' }]),
    encode([nowMs, 'string', '']),
    encode([nowMs, 'number', 'x']),
    encode([nowMs, 'bigint', 'x']),
    encode(['2026', 'string', 'a']),
    encode([1e300, 'string', 'a']),
    encode([-1e15, 'string', 'a']),
    'x'.repeat(1_001),
    null,
    7,
    ['W10']
  ])('%j is no cursor', (cursor) => {
    expect(() => parseCursor(cursor)).toThrow(invalid('cursor'))
  })

  test('no text makes anything but a refusal or a plain id and a valid time', () => {
    const forged = fc.tuple(fc.oneof(fc.double(), fc.string()), fc.string(), fc.jsonValue()).map(encode)
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), forged), (cursor) => {
        let position: ReturnType<typeof parseCursor>
        try {
          position = parseCursor(cursor)
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_argument' })
          return
        }
        expect(['string', 'number', 'bigint']).toContain(typeof position.id)
        expect(position.at.getTime()).not.toBeNaN()
      })
    )
  })
})
