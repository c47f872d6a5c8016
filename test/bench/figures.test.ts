/** The bench's statistics: medians, ratios pair by pair, and the tables that are made of them. */
import { describe, expect, test } from 'vitest'
import { loads } from '../../bench/plan.js'
import { shown, tableOf } from '../../bench/report/columns.js'
import { figuresOf, timesKeystile } from '../../bench/report/figures.js'
import { median } from '../../bench/report/statistics.js'
import { markdownTable, plainTable } from '../../bench/report/table.js'
import { measured, titles } from '../helpers/bench-results.js'

describe('median', () => {
  test.each([
    [[], undefined],
    [[7], 7],
    [[30, 1, 2], 2],
    [[100, 9, 11, 1], 10]
  ])('of %j is %j', (values, expected) => {
    expect(median(values)).toBe(expected)
  })
})

describe('figures', () => {
  test('what a target adds is worked out in each round, then the median', () => {
    // One round on a machine that was slowed down by half: medians of each alone would give 50.
    const rounds = [
      { bare: measured({ cpuMicros: 100 }), limit: measured({ cpuMicros: 110 }), pg: measured({ cpuMicros: 130 }) },
      { bare: measured({ cpuMicros: 200 }), limit: measured({ cpuMicros: 220 }), pg: measured({ cpuMicros: 260 }) },
      { bare: measured({ cpuMicros: 90 }), limit: measured({ cpuMicros: 100 }), pg: measured({ cpuMicros: 150 }) }
    ]
    expect(figuresOf(rounds, 'pg')).toMatchObject({ cpu: 150, added: 60, aboveLimit: 40, timesBare: 1.3 })
    expect(figuresOf(rounds, 'bare')).toMatchObject({ cpu: 100, added: undefined, timesBare: undefined })
  })

  test('without bare Express and the limit there is nothing to compare with', () => {
    const rounds = [{ pg: measured({ cpuMicros: 130 }) }]
    expect(figuresOf(rounds, 'pg')).toMatchObject({
      cpu: 130,
      added: undefined,
      aboveLimit: undefined,
      ofLimit: undefined
    })
  })

  test('the longest hold of the loop is that of the worst round', () => {
    const rounds = [3, 41, 5].map((loopMaxMs) => ({ bare: measured({ loopMaxMs }) }))
    expect(figuresOf(rounds, 'bare').loopMaxMs).toBe(41)
  })

  test('what is kept beside a flood is a part of what the same number of requests had without it', () => {
    const part = { requests: 500, perSecond: 500, p50Micros: 1, p99Micros: 1 }
    const flooded = { ...part, unknown: part, calm: { ...part, perSecond: 1_250 } }
    expect(figuresOf([{ bare: measured(flooded) }], 'bare').kept).toBeCloseTo(0.8)
    expect(figuresOf([{ bare: measured({}) }], 'bare').kept).toBeUndefined()
  })

  test('a multiple of keystile is one of keystile on the same database', () => {
    const round = {
      bare: measured({ cpuMicros: 100 }),
      limit: measured({ cpuMicros: 108 }),
      'keystile-sqlite': measured({ cpuMicros: 120 }),
      'keystile-postgresql': measured({ cpuMicros: 110 }),
      'prisma-sqlite': measured({ cpuMicros: 900 })
    }
    expect(timesKeystile([round], 'prisma-sqlite', 'sqlite')).toBe(40)
    expect(timesKeystile([round], 'limit', 'none')).toBe(0.8)
    expect(timesKeystile([round], 'keystile-sqlite', 'sqlite')).toBeUndefined()
    expect(timesKeystile([round], 'bare', 'none')).toBeUndefined()
  })
})

describe('tables', () => {
  test.each([
    [undefined, ''],
    [0, '0.00'],
    [3.456, '3.46'],
    [-12.34, '-12.3'],
    [54_321.9, '54,322']
  ])('%j is shown as %j', (value, expected) => {
    expect(shown(value)).toBe(expected)
  })

  test('of a load has a row for each target, and only columns that have something in them', () => {
    const rounds = [{ bare: measured({ cpuMicros: 100 }), pg: measured({ cpuMicros: 130, writesPerSecond: 7 }) }]
    const { header, rows } = tableOf({ load: loads.main, seconds: 2, rounds }, titles)
    expect(header).toContain('+bare')
    expect(header).not.toContain('+limit')
    expect(header).not.toContain('kept')
    expect(rows.map(([title]) => title)).toEqual(['no authentication', 'pg | in one statement'])
    expect(rows[1]?.[header.indexOf('+bare')]).toBe('30.0')
    expect(rows[1]?.[header.indexOf('writes/s')]).toBe('7.00')
    expect(new Set(rows.map((cells) => cells.length))).toEqual(new Set([header.length]))
  })

  test('of another load has what a target costs there against the main load, both in multiples of bare Express', () => {
    const round = (bare: number, pg: number) => ({
      bare: measured({ cpuMicros: bare }),
      pg: measured({ cpuMicros: pg })
    })
    const main = { load: loads.main, seconds: 2, rounds: [round(100, 400)] }
    const other = { load: loads['rows-1000000'], seconds: 2, rounds: [round(110, 484)] }
    const { header, rows } = tableOf(other, titles, main)
    expect(rows.map((cells) => cells[header.indexOf('of main')])).toEqual(['', '1.10'])
    expect(tableOf(main, titles, main).header).not.toContain('of main')
  })

  test('of cold starts has what a target takes beyond bare Express, and imports', () => {
    const coldStarts = { bare: { firstAnswerMs: [200, 100, 300] }, pg: { firstAnswerMs: [450, 350, 250] } }
    const imports = { keystile: [80, 90, 70] }
    expect(tableOf({ load: loads['cold-start'], seconds: 2, rounds: [], coldStarts, imports }, titles).rows).toEqual([
      ['no authentication', '200', ''],
      ['pg | in one statement', '350', '150'],
      ["import 'keystile' alone", '80.0', '']
    ])
  })

  test('of memory has bytes per key', () => {
    const memory = { 'keystile-sqlite': { keys: 100_000, bytesPerKey: 812.4 } }
    expect(tableOf({ load: loads.memory, seconds: 2, rounds: [], memory }, titles).rows).toEqual([
      ['keystile-sqlite', '812']
    ])
  })

  const table = {
    header: ['', 'ms'],
    rows: [
      ['a | b', '1.00'],
      ['c', '1,234']
    ]
  }

  test('in the terminal have their figures below each other', () => {
    expect(plainTable(table)).toBe('          ms\na | b   1.00\nc      1,234')
  })

  test('in Markdown have no cell that a title could break', () => {
    expect(markdownTable(table)).toBe('|  | ms |\n|---|--:|\n| a \\| b | 1.00 |\n| c | 1,234 |')
  })
})
