/** Which tokens are of a form. */
import { expect, test } from 'vitest'
import { hasForm, type TokenForm } from '../src/token-form.js'

const form = (fields: Partial<TokenForm>): TokenForm => ({
  prefix: 'acme_',
  alphabet: 'base64url',
  minLength: 10,
  maxLength: 12,
  hashAlg: 'sha256',
  shownLength: 0,
  ...fields
})

test.each([
  ['acme_a-_Z9', {}, true],
  ['acme_a-_Z9ab', {}, true],
  ['acme_a-_Z', {}, false],
  ['acme_a-_Z9abc', {}, false],
  ['acmeXa-_Z9', {}, false],
  ['ACME_a-_Z9', {}, false],
  ['acme_a+/Z9', {}, false],
  ['acme_a-_Z=', {}, false],
  ['acme_a-_Z9', { alphabet: 'base62' }, false],
  ['acme_abcZ9', { alphabet: 'base62' }, true],
  ['acme_abcF9', { alphabet: 'hex' }, true],
  ['acme_abcG9', { alphabet: 'hex' }, false],
  ['acme_a+/~.==', { alphabet: 'token68' }, true],
  ['acme_a=+/~.=', { alphabet: 'token68' }, false],
  ['acme_a /~.', { alphabet: 'token68' }, false],
  ['abcdefghij', { prefix: '' }, true],
  ['acme_acme_', { prefix: 'acme_acme_', minLength: 1 }, false]
] as const)('%s of %j: %s', (token, fields, expected) => {
  expect(hasForm(token, form(fields))).toBe(expected)
})
