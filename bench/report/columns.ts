/** The tables of a run: what their columns are called, and what stands in them. */
import type { TargetName } from '../plan.js'
import { type Figures, figuresOf, targetsOf } from './figures.js'
import type { Description, LoadResult } from './measured.js'
import { median } from './statistics.js'

export interface Table {
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

type Titles = Readonly<Partial<Record<TargetName, Description>>>

/** As many digits as the figure deserves; nothing where there is none. */
export function shown(value: number | undefined): string {
  if (value === undefined) return ''
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

const columns: readonly (readonly [name: string, value: (figures: Figures) => number | undefined])[] = [
  ['CPU µs', ({ cpu }) => cpu],
  ['+bare', ({ added }) => added],
  ['+limit', ({ aboveLimit }) => aboveLimit],
  ['×bare', ({ timesBare }) => timesBare],
  ['of main', ({ ofMain }) => ofMain],
  ['req/s', ({ perSecond }) => perSecond],
  ['of limit', ({ ofLimit }) => ofLimit],
  ['p50 ms', ({ p50Ms }) => p50Ms],
  ['p99 ms', ({ p99Ms }) => p99Ms],
  ['p99 ×bare', ({ p99TimesBare }) => p99TimesBare],
  ['loop ms', ({ loopMaxMs }) => loopMaxMs],
  ['rss MB', ({ rssMb }) => rssMb],
  ['writes/s', ({ writesPerSecond }) => writesPerSecond],
  ['kept', ({ kept }) => kept]
]

/** What the columns mean, for the page. */
export const legend = `| Column | What it is |
|---|---|
| CPU µs | CPU time of the server for each request: user and system, all threads of the process; where updates pile up, until the last of them is done |
| +bare, +limit | what of it comes on top of bare Express, and on top of the limit: the median of the rounds' differences, so not quite the difference of two medians in the column before |
| ×bare | CPU time in multiples of bare Express's, likewise the median of the rounds' ratios |
| of main | ×bare, in multiples of what it is on the load "main", the first |
| req/s | requests answered per second, with a known key |
| of limit | req/s in multiples of the limit's |
| p50, p99 | time to an answer, of requests with a known key |
| p99 ×bare | p99 in multiples of bare Express's |
| loop | the longest time in any round that the server's event loop was held, other requests included |
| rss | memory of the server's process |
| writes/s | statements that write, on PostgreSQL, as pg_stat_statements counts them; transactions that write, on SQLite; while the load ran, the mean of all rounds |
| kept | beside the flood: requests per second with a known key, as a part of what the same number of such requests had without it |`

function roundsTable(result: LoadResult, titles: Titles, main: LoadResult | undefined): Table {
  const first = main?.load.name === result.load.name ? [] : main?.rounds
  const figures = targetsOf(result).map((target) => figuresOf(result.rounds, target, first))
  const used = columns.filter(([, value]) => figures.some((each) => value(each) !== undefined))
  return {
    header: ['', ...used.map(([name]) => name)],
    rows: figures.map((each) => [
      titles[each.target]?.title ?? each.target,
      ...used.map(([, value]) => shown(value(each)))
    ])
  }
}

function coldStartTable({ coldStarts = {}, imports = {} }: LoadResult, titles: Titles): Table {
  const targets = Object.keys(coldStarts) as TargetName[]
  const first = (target: TargetName) => median(coldStarts[target]?.firstAnswerMs ?? [])
  const bare = first('bare')
  const rows = targets.map((target) => {
    const own = first(target)
    const more = own === undefined || bare === undefined || target === 'bare' ? undefined : own - bare
    return [titles[target]?.title ?? target, shown(own), shown(more)]
  })
  const imported = Object.entries(imports).map(([name, taken]) => [`import '${name}' alone`, shown(median(taken)), ''])
  return { header: ['', 'ms', '+bare'], rows: [...rows, ...imported] }
}

function memoryTable({ memory = {} }: LoadResult, titles: Titles): Table {
  const rows = (Object.keys(memory) as TargetName[]).map((target) => [
    titles[target]?.title ?? target,
    shown(memory[target]?.bytesPerKey)
  ])
  return { header: ['', 'bytes per key'], rows }
}

/** @param main what was measured on the main load, to compare with */
export function tableOf(result: LoadResult, titles: Titles, main?: LoadResult): Table {
  if (result.load.kind === 'cold-start') return coldStartTable(result, titles)
  return result.load.kind === 'memory' ? memoryTable(result, titles) : roundsTable(result, titles, main)
}
