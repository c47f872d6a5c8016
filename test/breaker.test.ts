import { expect, test, vi } from 'vitest'
import { Breaker, Unanswered } from '../src/breaker.js'
import { ApiKeyError } from '../src/errors.js'

const soon = () => performance.now() + 20
const never = () => new Promise<never>(() => {})

test('an answer in time is passed on, and so is an error, as the cause', async () => {
  const breaker = new Breaker()
  expect(await breaker.ask(soon(), async () => 'yes')).toBe('yes')
  const refused = new Error('no')
  await expect(breaker.ask(soon(), () => Promise.reject(refused))).rejects.toMatchObject({ cause: refused })
})

test('what is not answered in time is given up', async () => {
  const asked = new Breaker().ask(soon(), never)
  await expect(asked).rejects.toBeInstanceOf(Unanswered)
  await expect(asked).rejects.toMatchObject({ cause: { code: 'unavailable', headers: { 'Retry-After': '1' } } })
})

test('past four that are given up and still open, one in a while asks and the others fail at once', async () => {
  const breaker = new Breaker()
  const question = vi.fn(never)
  await Promise.allSettled(Array.from({ length: 4 }, () => breaker.ask(soon(), question)))
  await Promise.allSettled(Array.from({ length: 50 }, () => breaker.ask(soon(), question)))
  expect(question).toHaveBeenCalledTimes(5)
})

test('once the open ones are answered after all, everyone asks again', async () => {
  const breaker = new Breaker()
  const late: (() => void)[] = []
  const question = () => new Promise<void>((resolve) => late.push(resolve))
  await Promise.allSettled(Array.from({ length: 4 }, () => breaker.ask(soon(), question)))
  for (const answer of late) answer()
  await Promise.resolve()
  const answers = await Promise.all([1, 2, 3].map((n) => breaker.ask(soon(), async () => n)))
  expect(answers).toEqual([1, 2, 3])
})

test('four failures in a row open it, one question in a while probes, and the first answer closes it', async () => {
  const breaker = new Breaker()
  const refused = vi.fn(() => Promise.reject(new Error('connection refused')))
  for (let i = 0; i < 20; i++) await expect(breaker.ask(soon(), refused)).rejects.toBeInstanceOf(Unanswered)
  expect(refused).toHaveBeenCalledTimes(5) // four, and the probe of the first 250 ms
  expect(breaker.isOpen).toBe(true)
  await vi.waitFor(() => breaker.ask(soon(), async () => 'back'), { timeout: 1_000, interval: 20 })
  expect(breaker.isOpen).toBe(false)
})

test('an answer to somebody else closes it too', async () => {
  const breaker = new Breaker()
  const refused = () => Promise.reject(new Error('connection refused'))
  for (let i = 0; i < 4; i++) await expect(breaker.ask(soon(), refused)).rejects.toBeInstanceOf(Unanswered)
  expect(breaker.isOpen).toBe(true)
  breaker.answered()
  expect(breaker.isOpen).toBe(false)
  expect(await breaker.ask(soon(), async () => 'back')).toBe('back')
})

test('an answer that says no is no outage', async () => {
  const breaker = new Breaker()
  const no = () => Promise.reject(new ApiKeyError('not_migrated', 'no tables'))
  for (let i = 0; i < 20; i++) await expect(breaker.ask(soon(), no)).rejects.toBeInstanceOf(Unanswered)
  expect(breaker.isOpen).toBe(false)
})
