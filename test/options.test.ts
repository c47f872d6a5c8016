/** Misuse is found when the app is built, by a TypeError that says what was passed and what to pass instead. */
import { apiKeyAuth, createApiKeys } from 'keystile'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { userClient } from './helpers/user-client.js'

const url = 'file:./never-opened.db'
const keys = createApiKeys({ url })

/** The message of the TypeError that a wrong call is answered with. */
function mistake(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as TypeError).message
  }
  throw new Error('it was taken')
}

describe('createApiKeys', () => {
  const create = (options: unknown) => createApiKeys(options as object)

  test.each([
    [null, 'createApiKeys() takes an object of options, not null.'],
    [url, 'createApiKeys() takes an object of options, not a string.'],
    [[], 'createApiKeys() takes an object of options, not an array.'],
    [7, 'createApiKeys() takes an object of options, not 7.']
  ])('%j is no options', (options, message) => {
    expect(mistake(() => create(options))).toBe(message)
  })

  test.each([
    ['ulr', 'url'],
    ['Prefix', 'prefix'],
    ['acceptPrefix', 'acceptPrefixes'],
    ['deadline', 'deadlineMs'],
    ['flushIntervalMS', 'flushIntervalMs']
  ])('the misspelt option %s is named, with %s beside it', (written, meant) => {
    const message = mistake(() => create({ url, [written]: 1 }))
    expect(message).toContain(`createApiKeys() knows no option "${written}"; did you mean "${meant}"?`)
  })

  test.each([
    ['maxKeys', 0, 'cache.maxKeys must be a whole number from 1 to 8000000, not 0.'],
    ['maxKeys', 8_000_001, 'cache.maxKeys must be a whole number from 1 to 8000000, not 8000001.'],
    ['maxKeys', 1.5, 'cache.maxKeys must be a whole number'],
    ['maxAgeMs', 99, 'cache.maxAgeMs must be a whole number from 100 to 3600000, not 99.'],
    ['staleMs', '1s', 'cache.staleMs must be a whole number from 1 to 60000']
  ])('a cache with %s: %j is refused', (option, value, message) => {
    expect(mistake(() => create({ url, cache: { [option]: value } }))).toContain(message)
  })

  test('an option that resembles none is named, with all that there are', () => {
    expect(mistake(() => create({ url, qqqqqqqqqq: 1 }))).toMatch(
      /^createApiKeys\(\) knows no option "qqqqqqqqqq"\. It takes url, prisma, .*now\.$/
    )
  })

  test.each(['sk', 'sk-', '', '_', '1_', 'sk__', 'sk _', `${'a'.repeat(40)}_`, 7, null])(
    'the prefix %j is refused',
    (prefix) => {
      expect(mistake(() => create({ url, prefix }))).toMatch(/^prefix: a prefix is letters and digits that end in _/)
      expect(mistake(() => create({ url, acceptPrefixes: ['sk_', prefix] }))).toMatch(/^acceptPrefixes: a prefix is/)
    }
  )

  test.each(['sk_', null, { 0: 'sk_' }, new Set(['sk_'])])('acceptPrefixes can not be %j', (acceptPrefixes) => {
    expect(mistake(() => create({ url, acceptPrefixes }))).toContain('acceptPrefixes must be an array')
  })

  test.each([
    ['deadlineMs', 99],
    ['deadlineMs', 60_001],
    ['deadlineMs', 1_000.5],
    ['deadlineMs', '2000'],
    ['deadlineMs', Number.NaN],
    ['deadlineMs', Number.POSITIVE_INFINITY],
    ['flushIntervalMs', 9],
    ['flushIntervalMs', -1],
    ['flushIntervalMs', '1s']
  ])('%s: %j is refused', (option, value) => {
    expect(mistake(() => create({ url, [option]: value }))).toMatch(
      new RegExp(`^${option} must be a whole number of milliseconds from \\d+ to 60000, not`)
    )
  })

  test.each(['never', true, null])('usage: %j is refused', (usage) => {
    expect(mistake(() => create({ url, usage }))).toContain("usage must be 'batched' or 'immediate'")
  })

  test.each([1_700_000_000_000, new Date(0), 'now', null])('now: %j is refused', (now) => {
    expect(mistake(() => create({ url, now }))).toContain('now must be a function')
  })

  test('url and prisma exclude each other', () => {
    expect(mistake(() => create({ url, prisma: {} }))).toBe('createApiKeys() takes url or prisma, not both.')
  })

  test.each([
    ['prisma', 'prisma is undefined: give it your PrismaClient.'],
    ['url', "url is undefined: give it the database's URL."]
  ])('%s: undefined leads to no other database', (option, message) => {
    expect(mistake(() => create({ [option]: undefined }))).toContain(message)
  })

  test.each(['', ' '])('feedUrl: %j is refused, and undefined is none', (feedUrl) => {
    const prisma = userClient(url)
    expect(mistake(() => create({ prisma, feedUrl }))).toContain('feedUrl must be a connection string')
    expect(create({ prisma, feedUrl: undefined })).toHaveProperty('verify')
  })

  test.each([null, 'file:./dev.db', 7])('prisma: %j is refused', (prisma) => {
    expect(mistake(() => create({ prisma }))).toContain('prisma must be a PrismaClient')
  })

  test.each([{}, { apiKey: {} }, class PrismaClient {}])(
    'an object that is no generated client is refused: %j',
    (prisma) => {
      expect(mistake(() => create({ prisma: Object(prisma) }))).toMatch(/PrismaClient/)
    }
  )

  test.each([
    ['', 'url must be a connection string'],
    [7, 'url must be a connection string'],
    [null, 'url must be a connection string'],
    ['./keystile.db', 'url is not a URL'],
    ['mysql://root:hunter2@localhost/db', 'url begins with mysql:'],
    ['file:', 'url must name a file'],
    ['file::memory:', 'url must name a file'],
    ['file:./a.db?mode=ro', 'url must name a file'],
    ['postgresql://user:hunter2#x@localhost/db', 'url is not a valid postgresql:// URL']
  ])('url: %j is refused, and no password is printed', (wrong, message) => {
    const said = mistake(() => create({ url: wrong }))
    expect(said).toContain(message)
    expect(said).not.toContain('hunter2')
  })

  describe('with DATABASE_URL', () => {
    beforeEach(() => vi.stubEnv('DATABASE_URL', 'mysql://root:hunter2@localhost/db'))
    afterEach(() => vi.unstubAllEnvs())

    test('a wrong one is named as DATABASE_URL, without its password', () => {
      const said = mistake(() => create({}))
      expect(said).toContain('DATABASE_URL begins with mysql:')
      expect(said).not.toContain('hunter2')
      expect(mistake(() => createApiKeys())).toContain('DATABASE_URL begins with mysql:')
      expect(mistake(() => apiKeyAuth())).toContain('DATABASE_URL begins with mysql:')
    })

    test('it is not read where url is given', () => {
      expect(create({ url })).toHaveProperty('verify')
    })
  })

  test('options are read once and never written to', () => {
    const options = Object.freeze({ url, acceptPrefixes: Object.freeze(['old_']) })
    expect(Object.isFrozen(create(options))).toBe(true)
  })
})

describe('apiKeyAuth', () => {
  const auth = (options: unknown) => apiKeyAuth(options as object)

  test.each([
    [null, 'apiKeyAuth() takes an object of options, not null.'],
    ['sk_', 'apiKeyAuth() takes an object of options, not a string.'],
    [[], 'apiKeyAuth() takes an object of options, not an array.'],
    [() => {}, 'apiKeyAuth() takes an object of options, not a value of type function.']
  ])('%j is no options', (options, message) => {
    expect(mistake(() => auth(options))).toBe(message)
  })

  test.each([
    ['key', 'keys'],
    ['optinal', 'optional'],
    ['onerror', 'onError'],
    ['discloseReasons', 'discloseReason'],
    ['foreignToken', 'foreignTokens']
  ])('the misspelt option %s is named, with %s beside it', (written, meant) => {
    expect(mistake(() => auth({ keys, [written]: true }))).toContain(
      `apiKeyAuth() knows no option "${written}"; did you mean "${meant}"?`
    )
  })

  test.each([
    ['a handler', () => {}],
    ['null', null],
    ['a url', url],
    ['a copy', { ...keys }],
    ['the middleware itself', apiKeyAuth({ keys })],
    ['a promise', Promise.resolve(keys)]
  ])('keys can not be %s', (_, wrong) => {
    expect(mistake(() => auth({ keys: wrong }))).toBe('keys must be what createApiKeys() returned.')
  })

  test.each([
    ['optional', 'true', 'optional must be true or false, not "true".'],
    ['optional', 1, 'optional must be true or false, not 1.'],
    ['discloseReason', null, 'discloseReason must be true or false, not null.'],
    ['foreignTokens', true, "foreignTokens must be 'refuse' or 'pass', not true."],
    ['onError', 'throw', 'onError must be \'next\' or a function, not "throw".'],
    ['onError', null, "onError must be 'next' or a function, not null."],
    ['onError', {}, "onError must be 'next' or a function, not a value of type object."]
  ])('%s: %j is refused', (option, value, message) => {
    expect(mistake(() => auth({ keys, [option]: value }))).toBe(message)
  })

  test("foreignTokens: 'pass' needs optional", () => {
    expect(mistake(() => auth({ keys, foreignTokens: 'pass' }))).toContain('needs optional: true')
    expect(mistake(() => auth({ keys, foreignTokens: 'pass', optional: false }))).toContain('needs optional: true')
  })

  test.each(['', 'a"b', 'a\\b', 'a\r\nSet-Cookie: b', 'réalm', '\t', 'x'.repeat(129), 7, null])(
    'the realm %j is refused',
    (realm) => {
      expect(mistake(() => auth({ keys, realm }))).toContain('realm must be 1 to 128 printable ASCII characters')
    }
  )

  test('what it returns is a named middleware with the keys that it checks against', () => {
    const middleware = apiKeyAuth({ keys })
    expect(middleware.name).toBe('apiKeyAuth')
    expect(middleware).toHaveLength(3)
    expect(middleware.keys).toBe(keys)
  })
})
