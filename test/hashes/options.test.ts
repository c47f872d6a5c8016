/** What `hash` and `acceptHmac` take, and what is said of anything else: never a secret. */
import { inspect } from 'node:util'
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { parseApiKeysOptions } from '../../src/options.js'

const long = 'x'.repeat(32)

describe('misuse throws when the app is built', () => {
  test.each([
    ['an unknown name', { hash: 'md5' }, "hash must be 'sha256', 'bcrypt' or { hmac: [secret] }, not \"md5\"."],
    ['a secret in its place', { hash: 'hunter2'.repeat(5) }, '{ hmac: [secret] }, not a string of 35 characters.'],
    ['null', { hash: null }, 'not null'],
    ['no secret', { hash: { hmac: [] } }, 'hash.hmac needs a secret at least'],
    ['no list', { hash: { hmac: long } }, 'hash.hmac must be an array of secrets, not a string.'],
    ['nothing in it', { hash: {} }, 'hash.hmac must be an array of secrets, not undefined.'],
    ['a short secret', { hash: { hmac: ['hunter2'] } }, 'or more, and this one has 7. Make one with: openssl'],
    ['a short older secret', { hash: { hmac: [long, 'hunter2'] } }, 'a secret is a string of 32 characters or more'],
    ['a misspelt option', { hash: { hmac: [long], plian: 'refuse' } }, 'hash knows no option "plian"; did you mean'],
    ['another answer', { hash: { hmac: [long], plain: 'drop' } }, "hash.plain must be 'upgrade' or 'refuse'"],
    [
      'an imported secret that is empty',
      { acceptHmac: [''] },
      /^acceptHmac: a secret is a string of 1 character or more, and this one has 0\.$/
    ],
    ['an imported secret that is none', { acceptHmac: [42] }, /^acceptHmac: .* or more, not 42\.$/],
    ['a prefix too long for bcrypt', { hash: 'bcrypt', prefix: 'sk_live_of_our_very_own_x_' }, 'the prefix may have 23']
  ])('%s', (_, options, message) => {
    const build = () => createApiKeys({ url: 'file:./never.db', ...(options as object) })
    expect(build).toThrow(TypeError)
    expect(build).toThrow(message)
    expect(build).not.toThrow('hunter2')
  })
})

test('a secret is in no picture of the settings', () => {
  const config = parseApiKeysOptions({
    url: 'file:./never.db',
    hash: { hmac: [`${long}-secret`] },
    acceptHmac: ['other-secret']
  })
  expect(inspect(config, { depth: 9, showHidden: true }) + JSON.stringify(config.policy)).not.toContain('secret"')
  expect(inspect(config.policy, { depth: 9 })).not.toMatch(/xxx|other/)
})
