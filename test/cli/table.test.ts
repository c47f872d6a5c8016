/** How a table is fitted into a width. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Column, tableLines } from '../../src/cli/table.js'
import { shorten, textWidth } from '../../src/cli/text-width.js'

interface Row {
  readonly id: string
  readonly name: string
  readonly note: string
}

const columns: readonly Column<Row>[] = [
  { title: 'ID', text: ({ id }) => id },
  { title: 'NAME', text: ({ name }) => name, least: 6 },
  { title: 'NOTE', text: ({ note }) => note }
]
const rows = [
  { id: 'a-1', name: 'a long name', note: 'whole' },
  { id: 'b-22', name: 'b', note: '' }
]

describe('a table', () => {
  test('without a width is printed whole', () => {
    expect(tableLines(columns, rows)).toEqual(['ID    NAME         NOTE', 'a-1   a long name  whole', 'b-22  b'])
  })

  test('shortens what may be shortened', () => {
    expect(tableLines(columns, rows, 20)).toEqual(['ID    NAME     NOTE', 'a-1   a long…  whole', 'b-22  b'])
  })

  test('drops its last columns where that is not enough', () => {
    expect(tableLines(columns, rows, 18)).toEqual(['ID    NAME', 'a-1   a long name', 'b-22  b'])
    expect(tableLines(columns, rows, 1)).toEqual(['ID', 'a-1', 'b-22'])
  })

  test('is never wider than asked for, while its first column fits', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((value) => !/\p{Cc}/u.test(value))
    const row = fc.record({
      id: fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme-ascii' }),
      name: text,
      note: text
    })
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), fc.integer({ min: 12, max: 90 }), (some, width) => {
        const lines = tableLines(columns, some, width)
        expect(lines).toHaveLength(some.length + 1)
        for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width)
        for (const [i, { id }] of some.entries()) expect(lines[i + 1]?.startsWith(id.trimEnd())).toBe(true)
      })
    )
  })
})

describe('the width of a text', () => {
  test.each([
    ['ascii', 5],
    ['naïve', 5],
    ['e\u0301', 1],
    ['漢字', 4],
    ['한글', 4],
    ['👩‍👩‍👧', 2],
    ['✈️', 2],
    ['', 0]
  ])('of %s is %i', (text, width) => {
    expect(textWidth(text)).toBe(width)
  })

  test('a text is cut between characters, never within one', () => {
    expect(shorten('漢字漢字', 6)).toBe('漢字…')
    expect(shorten('漢字漢字', 8)).toBe('漢字漢字')
    expect(shorten('ab👩‍👩‍👧cd', 4)).toBe('ab…')
  })
})
