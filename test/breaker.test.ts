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
  // None yet: whoever waited has just learnt that it is down.
  expect(question).toHaveBeenCalledTimes(4)
  await vi.waitFor(() => expect(breaker.mayAsk).toBe(true), { timeout: 1_000, interval: 5 })
  await Promise.allSettled(Array.from({ length: 50 }, () => breaker.ask(soon(), question)))
  expect(question).toHaveBeenCalledTimes(5)
})

test('past eight it asks only every ten seconds, until one is answered', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
  try {
    const breaker = new Breaker()
    const late: (() => void)[] = []
    const question = vi.fn(() => new Promise<void>((resolve) => late.push(resolve)))
    const askFor = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 50) {
        breaker.ask(soon(), question).catch(() => {})
        await vi.advanceTimersByTimeAsync(50)
      }
    }
    await askFor(200)
    expect(breaker.isOpen).toBe(true)
    await askFor(2_000)
    expect(question).toHaveBeenCalledTimes(8)
    await askFor(60_000)
    expect(question.mock.calls.length).toBeLessThanOrEqual(8 + 6)
    for (const answer of late) answer()
    await askFor(50)
    expect(breaker.isOpen).toBe(false)
  } finally {
    vi.useRealTimers()
  }
})

test('one that nobody has asked for a second is stale: whoever comes next may wait for an answer', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
  try {
    const breaker = new Breaker()
    const refused = () => Promise.reject(new Error('connection refused'))
    for (let i = 0; i < 4; i++) await expect(breaker.ask(soon(), refused)).rejects.toBeInstanceOf(Unanswered)
    vi.advanceTimersByTime(999)
    expect(breaker.isStale).toBe(false)
    vi.advanceTimersByTime(1)
    expect(breaker.isStale).toBe(true)
    await expect(breaker.ask(soon(), refused)).rejects.toBeInstanceOf(Unanswered)
    expect(breaker.isStale).toBe(false)
  } finally {
    vi.useRealTimers()
  }
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
  expect(refused).toHaveBeenCalledTimes(4)
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
