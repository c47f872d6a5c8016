import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { hashToken, sameHash } from '../src/hash.js'

// FIPS 180-4, the examples of SHA-256.
const ofAbc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

test('a token is stored as the SHA-256 of the whole of it, 64 hexadecimal digits', () => {
  expect(hashToken('abc')).toBe(ofAbc)
  expect(hashToken('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  const long = `sk_${'x'.repeat(100)}`
  expect(hashToken(long)).toBe(createHash('sha256').update(long).digest('hex'))
  expect(hashToken(long)).not.toBe(hashToken(long.slice(0, -1)))
})

test('equal digests are the same', () => {
  expect(sameHash(ofAbc, hashToken('abc'))).toBe(true)
})

test('digests that differ in one digit, at any place, are not the same', () => {
  for (let place = 0; place < 64; place++) {
    const other = ofAbc.slice(0, place) + (ofAbc[place] === '0' ? '1' : '0') + ofAbc.slice(place + 1)
    expect(sameHash(ofAbc, other)).toBe(false)
    expect(sameHash(other, ofAbc)).toBe(false)
  }
})

test.each([
  ['empty', ''],
  ['short', ofAbc.slice(1)],
  ['long', `${ofAbc}0`],
  ['in upper case', ofAbc.toUpperCase()],
  ['no hexadecimal', `${ofAbc.slice(1)}g`],
  ['followed by a line feed', `${ofAbc}\n`],
  ['of bytes that take two in UTF-8', 'é'.repeat(64)],
  [
    'of characters whose low bytes are its digits',
    String.fromCharCode(...[...ofAbc].map((c) => c.charCodeAt(0) + 0x100))
  ],
  ['with one such character', `${String.fromCharCode(ofAbc.charCodeAt(0) + 0x100)}${ofAbc.slice(1)}`]
])('a digest that is %s is the same as nothing, not even itself', (_, digest) => {
  expect(sameHash(digest, digest)).toBe(false)
  expect(sameHash(digest, ofAbc)).toBe(false)
  expect(sameHash(ofAbc, digest)).toBe(false)
})
