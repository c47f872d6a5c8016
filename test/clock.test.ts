import { afterEach, expect, test, vi } from 'vitest'
import { steadyClock } from '../src/clock.js'

afterEach(() => {
  vi.restoreAllMocks()
})

function fakeTime(wallMs: number): { set(wallMs: number): void; pass(ms: number): void } {
  let wall = wallMs
  let monotonic = 5_000
  vi.spyOn(Date, 'now').mockImplementation(() => wall)
  vi.spyOn(performance, 'now').mockImplementation(() => monotonic)
  return {
    set: (ms) => {
      wall = ms
    },
    pass: (ms) => {
      wall += ms
      monotonic += ms
    }
  }
}

test('it tells the wall clock', () => {
  const time = fakeTime(1_000_000)
  const clock = steadyClock()
  expect(clock()).toBe(1_000_000)
  time.pass(250)
  expect(clock()).toBe(1_000_250)
})

test('a wall clock set back changes nothing: time goes on from where it was', () => {
  const time = fakeTime(1_000_000)
  const clock = steadyClock()
  time.pass(10_000)
  time.set(400_000)
  expect(clock()).toBe(1_010_000)
  time.pass(5)
  expect(clock()).toBe(1_010_005)
})

test('a wall clock set forward is followed: a suspended machine stops the other clock', () => {
  const time = fakeTime(1_000_000)
  const clock = steadyClock()
  time.set(9_000_000)
  expect(clock()).toBe(9_000_000)
})

test('it gives whole milliseconds', () => {
  const clock = steadyClock()
  for (let i = 0; i < 100; i++) expect(Number.isInteger(clock())).toBe(true)
})
