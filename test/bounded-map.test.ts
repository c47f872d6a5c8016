import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { BoundedMap } from '../src/bounded-map.js'

interface Value {
  readonly of: string
  wasUsed: boolean
}

function bounded(max: number) {
  const gone: string[] = []
  const map = new BoundedMap<Value>(max, (value, key) => gone.push(`${key}:${value.of}`))
  const set = (key: string, of = key) => map.set(key, { of, wasUsed: false })
  const there = (keys: readonly string[]) => keys.filter((key) => map.get(key) !== undefined)
  return { map, gone, set, there }
}

test('holds what it was given until it is full, and then the newest', () => {
  const { gone, set, there } = bounded(3)
  for (const key of ['a', 'b', 'c']) set(key)
  expect(gone).toEqual([])
  for (const key of ['d', 'e']) set(key)
  expect(gone).toEqual(['a:a', 'b:b'])
  expect(there(['a', 'b', 'c', 'd', 'e'])).toEqual(['c', 'd', 'e'])
})

test('what was used since the last look stays, once for each time', () => {
  const { map, gone, set } = bounded(3)
  for (const key of ['a', 'b', 'c']) set(key)
  map.get('a')
  set('d')
  expect(gone).toEqual(['b:b'])
  for (const key of ['e', 'f', 'g']) set(key)
  expect(gone).toEqual(['b:b', 'c:c', 'a:a', 'd:d'])
})

test('what is replaced is the newest', () => {
  const { gone, set } = bounded(3)
  for (const key of ['a', 'b', 'c', 'a', 'd']) set(key)
  expect(gone).toEqual(['a:a', 'b:b'])
})

test('in a map of which all is used one goes all the same, after a hundred looks at most', () => {
  const { map, gone, set } = bounded(500)
  for (let i = 0; i < 500; i++) set(`${i}`)
  for (let i = 0; i < 500; i++) map.get(`${i}`)
  set('more')
  expect(gone).toEqual(['100:100'])
})

test('tells of what is replaced, deleted or cleared, once each', () => {
  const { map, gone, set, there } = bounded(3)
  set('a', 'first')
  set('a', 'second')
  expect(gone).toEqual(['a:first'])
  expect(map.get('a')?.of).toBe('second')
  map.delete('a')
  map.delete('a')
  map.delete('never')
  set('b')
  set('c')
  map.clear()
  expect(gone).toEqual(['a:first', 'a:second', 'b:b', 'c:c'])
  expect(there(['a', 'b', 'c'])).toEqual([])
  for (const key of ['d', 'e', 'f', 'g']) set(key)
  expect(gone.slice(4)).toEqual(['d:d'])
})

test('keys that are used once do not drive out those in use', () => {
  const { map, set } = bounded(100)
  const inUse = Array.from({ length: 50 }, (_, i) => `used ${i}`)
  for (const key of inUse) set(key)
  for (let i = 0; i < 20_000; i++) {
    expect(map.get(inUse[i % 50] ?? '')).toBeDefined()
    set(`once ${i}`)
  }
})

test('of twenty thousand steps at random each key is there, as it was last given, or was told of', () => {
  const { gone, map, set } = bounded(100)
  const held = new Map<string, number>()
  let told = 0
  let state = 20_261_127
  // A linear congruential generator: each run makes the same steps.
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  for (let i = 0; i < 20_000; i++) {
    const key = `${random(300)}`
    const step = random(10)
    if (step === 0) map.delete(key)
    else if (step < 5) expect(map.get(key)?.of).toBe(held.has(key) ? `${held.get(key)}` : undefined)
    else {
      set(key, `${i}`)
      held.set(key, i)
    }
    for (; told < gone.length; told++) {
      const [forgotten = '', of] = gone[told]?.split(':') ?? []
      if (held.get(forgotten) === Number(of)) held.delete(forgotten)
    }
    expect(held.size).toBeLessThanOrEqual(100)
  }
})

// 100 keys are replaced 19 times: in a map that has room, in a full one, and in one that makes room each time.
test.each([1_000, 100, 99])('of %i entries at most, nothing keeps what was replaced', async (max) => {
  const main = fileURLToPath(new URL('helpers/bounded-map-main.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--import', 'tsx', main, String(max)])
  expect(Number(stdout)).toBe(0)
})
