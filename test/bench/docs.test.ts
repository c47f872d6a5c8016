/** What a run of the bench writes into the pages. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../../bench/prepare/places.js'
import { barsOf, chartText } from '../../bench/report/bars.js'
import { type Bar, chart, dark, light, scaleEnd } from '../../bench/report/chart.js'
import { betweenMarks, tables } from '../../bench/report/page.js'
import { summaryOf } from '../../bench/report/summary.js'
import { measured, results } from '../helpers/bench-results.js'
import { mistakesInXml } from '../helpers/xml.js'

describe('the chart', () => {
  const text = chartText(results)
  const bars = barsOf(results)

  test.each([
    ['light', light],
    ['dark', dark]
  ])('is well-formed in %s colours, whatever characters a title has', (_, colours) => {
    const svg = chart(bars, text, colours)
    expect(mistakesInXml(svg)).toEqual([])
    expect(svg).toContain('A &lt;fast&gt; CPU')
    expect(svg).not.toMatch(/(href|src|url)\s*[=(]\s*["']?(https?:|\/\/)/)
  })

  test('has a bar for each target but bare Express, from the least to the most, with its figure and its multiple', () => {
    expect(bars.map(({ title }) => title)).toEqual(['keystile, PostgreSQL', 'pg | in one statement'])
    const svg = chart(bars, text, light)
    expect(svg).toContain('>10.0 µs<')
    expect(svg).toContain('>350 µs · 35 ×<')
  })

  test('differs between light and dark in its colours alone', () => {
    const plain = (svg: string) => svg.replace(/#[0-9a-f]{3,6}/g, '')
    expect(plain(chart(bars, text, light))).toBe(plain(chart(bars, text, dark)))
    expect(chart(bars, text, light)).not.toBe(chart(bars, text, dark))
  })

  test('can not be made of a run without the main load', () => {
    expect(() => barsOf({ ...results, loads: [] })).toThrow('no load "main"')
  })

  const longest = 330
  const bar = (added: number): Bar => ({ title: `${added}`, added, times: undefined, isKeystile: false })
  const lengths = (values: readonly number[]) =>
    [...chart(values.map(bar), text, light).matchAll(/class="bar[^>]* width="([\d.]+)"/g)].map(([, width]) =>
      Number(width)
    )

  test('draws its bars in proportion', () => {
    const [one = 0, ten = 0, twenty = 0] = lengths([1, 100, 200])
    expect(twenty / ten).toBeCloseTo(2, 2)
    expect(one).toBeCloseTo(longest / 200, 0)
  })

  test('cuts a bar that would hide all others, and shows that it did', () => {
    expect(scaleEnd([50_000, 1_000, 600, 10])).toBe(1_000)
    expect(lengths([600, 1_000, 50_000]).map((length) => length / longest)).toEqual([0.6, 1, 1])
    expect(chart([600, 1_000, 50_000].map(bar), text, light).match(/<mask /g)).toHaveLength(1)
    expect(chart([600, 1_000].map(bar), text, light)).not.toContain('<mask ')
  })

  test('is not broken by a target that added nothing, or less', () => {
    expect(lengths([-2, 0, 100])).toEqual([1, 1, longest])
    expect(lengths([0])).toEqual([1])
    expect(scaleEnd([])).toBe(0)
  })
})

describe('the short form in the README', () => {
  test('has what each target added, and that in multiples of keystile', () => {
    expect(
      summaryOf(results)
    ).toBe(`On 2026-11-26, at commit abcdef012345, a request took 100 µs of CPU with Express alone (Node v20.20.2, A <fast> CPU). Authentication added to that:

|  | CPU µs | × keystile on the same database |
|---|--:|--:|
| keystile, PostgreSQL | 10.0 |  |
| pg \\| in one statement | 350 | 35.0 |`)
  })

  test('can not be made of a run without the main load', () => {
    expect(() => summaryOf({ ...results, loads: [] })).toThrow('no load "main"')
  })
})

describe('the tables of the page', () => {
  const made = tables(results)

  test('say when, on what and of what they are', () => {
    for (const said of ['2026-11-26', 'abcdef012345', 'A <fast> CPU', '`npm run bench -- --write`', 'pg 8.23.1']) {
      expect(made).toContain(said)
    }
    expect(made).toContain('| pg \\| in one statement | one <statement> & "more"; with 50 keys at most |')
    expect(made).toContain('`main`: 1,000 hot keys, 1,000 rows, 50 connections; medians of 1 rounds of 2 s.')
  })

  test('say where targets had fewer rounds than others, and where the load process had no time left', () => {
    const [main] = results.loads
    if (!main) throw new Error('no load')
    const [round = {}] = main.rounds
    const { bare } = round
    const loads = [{ ...main, rounds: [round, { bare: measured({ ...bare, loadBusy: 0.9, cpuMicros: 89 }) }] }]
    const said = tables({ ...results, loads })
    expect(said).toContain('medians of 2 rounds of 2 s, 1 where targets lie far apart.\nThe load process was busy')
    expect(said).toContain('requests per second are too low of no authentication.\nWas not warm yet')
    expect(said).toContain('and got cheaper from round to round: no authentication.')
    expect(made).not.toMatch(/The load process was busy|Was not warm yet/)
  })

  test('take the place of the last ones, and of nothing else', () => {
    const page = 'Before.\n\n<!-- bench:start -->\n\nold\n\n<!-- bench:end -->\n\nAfter.\n'
    const written = betweenMarks(page, 'new', 'docs/benchmarks.md')
    expect(written).toBe('Before.\n\n<!-- bench:start -->\n\nnew\n\n<!-- bench:end -->\n\nAfter.\n')
    expect(betweenMarks(written, 'new', 'docs/benchmarks.md')).toBe(written)
  })

  test.each(['docs/benchmarks.md', 'README.md'])('have a place in %s', (name) => {
    expect(betweenMarks(readFileSync(join(root, name), 'utf8'), 'new', name)).toContain('new')
  })

  test.each([
    ['no marks', 'Nothing.'],
    ['no end', '<!-- bench:start -->'],
    ['the end first', '<!-- bench:end --><!-- bench:start -->'],
    ['two starts', '<!-- bench:start --><!-- bench:start --><!-- bench:end -->'],
    ['two ends', '<!-- bench:start --><!-- bench:end --><!-- bench:end -->']
  ])('have no place in a page with %s', (_, page) => {
    expect(() => betweenMarks(page, 'new', 'docs/benchmarks.md')).toThrow('docs/benchmarks.md needs one line')
  })

  test('of a load that nothing was measured on say so', () => {
    const loads = results.loads.map((result) => ({ ...result, rounds: [] }))
    expect(tables({ ...results, loads })).toContain('Nothing was measured.')
    expect(measured({}).unknown).toBeUndefined()
  })
})
