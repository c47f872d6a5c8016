import { describe, expect, test } from 'vitest'
import { createToken, defaultPrefix, displayPrefix, inspectToken, isPrefix, maxPrefixLength } from '../src/token.js'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const ours = new Set(['sk_'])

/** CRC-32 bit by bit (ISO 3309, reflected 0xEDB88320), independent of zlib. */
function crc32(text: string): number {
  let crc = 0xffffffff
  for (const byte of Buffer.from(text)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}

/** Six base62 digits, most significant first. */
function checksumOf(text: string): string {
  let value = BigInt(crc32(text))
  const digits: string[] = []
  while (digits.length < 6) {
    digits.unshift(alphabet[Number(value % 62n)] ?? '')
    value /= 62n
  }
  return digits.join('')
}

const sealed = (text: string) => text + checksumOf(text)

test('the CRC-32 of this file has the published check value', () => {
  expect(crc32('123456789')).toBe(0xcbf43926)
})

describe('createToken', () => {
  test('a token is the prefix, 43 base62 characters and 6 of checksum: 52 in all', () => {
    const token = createToken(defaultPrefix)
    expect(token).toMatch(/^sk_[0-9A-Za-z]{49}$/)
    expect(token).toHaveLength(52)
  })

  test('the checksum is the CRC-32 of all before it, as base62, most significant first', () => {
    for (let i = 0; i < 200; i++) {
      const token = createToken('sk_test_')
      expect(token.slice(-6)).toBe(checksumOf(token.slice(0, -6)))
    }
  })

  test('each of the 62 characters comes equally often, and no token comes twice', () => {
    const tokens = Array.from({ length: 10_000 }, () => createToken('sk_'))
    const counts = new Map<string, number>()
    for (const token of tokens) {
      for (const character of token.slice(3, 46)) counts.set(character, (counts.get(character) ?? 0) + 1)
    }
    expect([...counts.keys()].sort().join('')).toBe(alphabet)
    // 6,935 expected, standard deviation 83: 10% is more than eight of them. `byte % 62` would be off by 21%.
    const expected = (10_000 * 43) / 62
    for (const count of counts.values()) expect(Math.abs(count - expected)).toBeLessThan(expected / 10)
    expect(new Set(tokens).size).toBe(tokens.length)
  })

  test('each of the 43 places takes many characters', () => {
    const tokens = Array.from({ length: 2_000 }, () => createToken('sk_'))
    for (let place = 3; place < 46; place++) expect(new Set(tokens.map((token) => token[place])).size).toBe(62)
  })
})

test('what is shown of a token is its prefix and 8 characters', () => {
  expect(displayPrefix(sealed(`sk_AbCdEfGh${'x'.repeat(35)}`))).toBe('sk_AbCdEfGh...')
  expect(displayPrefix(sealed(`sk_test_AbCdEfGh${'x'.repeat(35)}`))).toBe('sk_test_AbCdEfGh...')
})

describe('isPrefix', () => {
  test.each(['sk_', 's_', 'SK_', 'sk2_', 'sk_test_', 'a_b_c_', `${'a'.repeat(maxPrefixLength - 1)}_`])(
    '%j can be parsed back',
    (prefix) => {
      expect(isPrefix(prefix)).toBe(true)
    }
  )

  test.each([
    '',
    '_',
    'sk',
    'sk-',
    '_sk_',
    'sk__',
    '1sk_',
    'sk _',
    'sk_\n',
    'sk.live_',
    'schlüssel_',
    `${'a'.repeat(maxPrefixLength)}_`,
    undefined,
    null,
    7,
    ['sk_']
  ])('%j is no prefix', (prefix) => {
    expect(isPrefix(prefix)).toBe(false)
  })
})

describe('inspectToken', () => {
  const secret = 'AbCdEfGhIjKlMnOpQrStUvWxYz0123456789aBcDeFg'
  const token = sealed(`sk_${secret}`)

  test('a whole token with a sound checksum is ours', () => {
    expect(inspectToken(token, ours)).toBe('ours')
  })

  test('each prefix of the list is ours, no other is', () => {
    const prefixes = new Set(['sk_', 'sk_test_', 'old_'])
    for (const prefix of prefixes) expect(inspectToken(sealed(prefix + secret), prefixes)).toBe('ours')
    for (const prefix of ['pk_', 'SK_', 'sk_live_', 'k_', 'test_']) {
      expect(inspectToken(sealed(prefix + secret), prefixes)).not.toBe('ours')
    }
  })

  test('no change of a single character, to any of 256 values, leaves it ours', () => {
    const accepted: string[] = []
    for (let place = 0; place < token.length; place++) {
      for (let code = 0; code < 256; code++) {
        const changed = token.slice(0, place) + String.fromCharCode(code) + token.slice(place + 1)
        if (changed !== token && inspectToken(changed, ours) === 'ours') accepted.push(changed)
      }
    }
    expect(accepted).toEqual([])
  })

  test('no swap of neighbours, no missing and no doubled character leaves it ours', () => {
    for (let place = 0; place < token.length; place++) {
      const [one = '', two = ''] = [token[place], token[place + 1]]
      const swapped = token.slice(0, place) + two + one + token.slice(place + 2)
      if (swapped !== token) expect(inspectToken(swapped, ours)).not.toBe('ours')
      expect(inspectToken(token.slice(0, place) + token.slice(place + 1), ours)).not.toBe('ours')
      expect(inspectToken(token.slice(0, place) + one + token.slice(place), ours)).not.toBe('ours')
    }
  })

  test('a slip in a token of ours is told from a token of another system', () => {
    expect(inspectToken(`${token.slice(0, -1)}!`, ours)).toBe('bad_checksum')
    expect(inspectToken(token.slice(0, 20), ours)).toBe('bad_checksum')
    expect(inspectToken(`${token}x`, ours)).toBe('bad_checksum')
    expect(inspectToken('eyJhbGciOiJIUzI1NiJ9.e30.ZRrHA1JJJW8opsbCGfG_HACGpVUMN_a9IV7pAx_Zmeo', ours)).toBe('foreign')
    expect(inspectToken('ghp_16C7e42F292c6912E7710c838347Ae178B4a', ours)).toBe('foreign')
    expect(inspectToken('', ours)).toBe('foreign')
  })

  test('a sound checksum over characters outside base62 is not ours', () => {
    expect(inspectToken(sealed(`sk_${secret.slice(0, -1)}-`), ours)).toBe('bad_checksum')
    expect(inspectToken(sealed(`sk_${secret.slice(0, -1)}\n`), ours)).toBe('bad_checksum')
  })

  test('a hostile string of a megabyte takes no longer than a short one takes many times over', () => {
    const hostile = ['sk_', 'a', '_', 'sk_a'].map((part) => part.repeat(Math.ceil(1_000_000 / part.length)))
    const startedAt = performance.now()
    for (let i = 0; i < 1_000; i++) for (const text of hostile) inspectToken(text, ours)
    // Reading 4,000 megabytes to the end takes longer than this; looking at the length takes about a millisecond.
    expect(performance.now() - startedAt).toBeLessThan(1_000)
  })
})
