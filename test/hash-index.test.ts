import { expect, test } from 'vitest'
import { HashIndex } from '../src/hash-index.js'

test('an id has all hashes that were added, each once, whatever type it comes as', () => {
  const index = new HashIndex()
  expect(index.of('a')).toEqual([])
  index.add('a', 'one')
  index.add('a', 'one')
  expect(index.of('a')).toEqual(['one'])
  index.add('a', 'two')
  index.add('a', 'three')
  index.add(5n, 'four')
  expect(index.of('a')).toEqual(['one', 'two', 'three'])
  expect(index.of(5)).toEqual(['four'])
})

test('hashes are removed one by one, in any order, and what is not there is passed over', () => {
  const index = new HashIndex()
  for (const hash of ['one', 'two', 'three']) index.add('a', hash)
  index.add('b', 'one')
  index.remove('b', 'two')
  index.remove('c', 'one')
  expect(index.of('b')).toEqual(['one'])
  for (const hash of ['two', 'one', 'one', 'three']) index.remove('a', hash)
  expect(index.of('a')).toEqual([])
  index.add('a', 'four')
  expect(index.of('a')).toEqual(['four'])
})

test('what is removed while the hashes of an id are gone through is still gone through', () => {
  const index = new HashIndex()
  for (const hash of ['one', 'two', 'three']) index.add('a', hash)
  const seen: string[] = []
  for (const hash of index.of('a')) {
    index.remove('a', hash)
    seen.push(hash)
  }
  expect(seen).toEqual(['one', 'two', 'three'])
})
