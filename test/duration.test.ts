import { expect, test } from 'vitest'
import { parseDuration } from '../src/duration.js'

test.each([
  ['1s', 1_000],
  ['30s', 30_000],
  ['15m', 900_000],
  ['24h', 86_400_000],
  ['90d', 7_776_000_000],
  ['2w', 1_209_600_000],
  ['0s', 0],
  ['007d', 604_800_000],
  ['36525d', 36_525 * 86_400_000],
  [0, 0]
])('%j is %i milliseconds', (value, ms) => {
  expect(parseDuration(value)).toBe(ms)
})

test.each([
  '',
  '90',
  'd',
  '90 d',
  ' 90d',
  '90d ',
  '90d\n',
  '90D',
  '1.5h',
  '-1d',
  '+1d',
  '1e3s',
  '1y',
  '90days',
  '1d1h',
  '36526d',
  '9999999999s',
  '٣d',
  1,
  -0.5,
  Number.NaN,
  86_400_000,
  null,
  undefined,
  true,
  ['1d'],
  { toString: () => '1d' }
])('%j is no duration', (value) => {
  expect(parseDuration(value)).toBeUndefined()
})
