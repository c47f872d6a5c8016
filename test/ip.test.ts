import { isIP } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { storableIp } from '../src/ip.js'

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8::1'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['::1', '::1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
  ['fe80::1%eth0', 'fe80::1']
])('%s is stored as %s', (value, stored) => {
  expect(storableIp(value)).toBe(stored)
})

test.each([
  '',
  'unknown',
  '192.0.2',
  '192.0.2.256',
  '192.0.2.1:443',
  '[2001:db8::1]',
  ' 192.0.2.1',
  '192.0.2.1\n',
  "192.0.2.1'; DROP TABLE api_keys; --",
  '<script>',
  '127.1',
  '0x7f.0.0.1',
  undefined,
  null,
  7,
  ['192.0.2.1'],
  {}
])('%j is no address and is not stored', (value) => {
  expect(storableIp(value)).toBeNull()
})

test('no string throws, and what is stored is an address without a zone', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.ipV4(), fc.ipV6()), (value) => {
      const stored = storableIp(value)
      if (stored !== null) expect(isIP(stored)).toBeGreaterThan(0)
    })
  )
})
