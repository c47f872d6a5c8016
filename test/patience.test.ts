import { expect, test, vi } from 'vitest'
import { Patience, Unanswered } from '../src/patience.js'

const soon = () => performance.now() + 20
const never = () => new Promise<never>(() => {})

test('an answer in time is passed on, and so is an error, as the cause', async () => {
  const patience = new Patience()
  expect(await patience.ask(soon(), async () => 'yes')).toBe('yes')
  const refused = new Error('no')
  await expect(patience.ask(soon(), () => Promise.reject(refused))).rejects.toMatchObject({ cause: refused })
})

test('what is not answered in time is given up', async () => {
  const asked = new Patience().ask(soon(), never)
  await expect(asked).rejects.toBeInstanceOf(Unanswered)
  await expect(asked).rejects.toMatchObject({ cause: { code: 'unavailable', headers: { 'Retry-After': '1' } } })
})

test('past 100 that are given up and still open, one in a while asks and the others fail at once', async () => {
  const patience = new Patience()
  const question = vi.fn(never)
  await Promise.allSettled(Array.from({ length: 100 }, () => patience.ask(soon(), question)))
  await Promise.allSettled(Array.from({ length: 50 }, () => patience.ask(soon(), question)))
  expect(question).toHaveBeenCalledTimes(101)
})

test('once the open ones are answered after all, everyone asks again', async () => {
  const patience = new Patience()
  const late: (() => void)[] = []
  const question = () => new Promise<void>((resolve) => late.push(resolve))
  await Promise.allSettled(Array.from({ length: 100 }, () => patience.ask(soon(), question)))
  for (const answer of late) answer()
  await Promise.resolve()
  const answers = await Promise.all([1, 2, 3].map((n) => patience.ask(soon(), async () => n)))
  expect(answers).toEqual([1, 2, 3])
})
