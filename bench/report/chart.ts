/** The chart: what authentication adds to a request, a bar for each target, as SVG that needs nothing from outside. */
import { shown } from './columns.js'

export interface Bar {
  readonly title: string
  /** Microseconds of CPU. */
  readonly added: number
  /** In multiples of keystile on the same database; undefined for keystile itself. */
  readonly times: number | undefined
  readonly isKeystile: boolean
}

export interface ChartText {
  readonly heading: string
  /** Lines below the bars. */
  readonly notes: readonly string[]
}

interface Colours {
  readonly text: string
  readonly quiet: string
  readonly keystile: string
  readonly peer: string
}

export const light: Colours = { text: '#1f2328', quiet: '#59636e', keystile: '#0969da', peer: '#9aa4af' }
export const dark: Colours = { text: '#f0f6fc', quiet: '#9198a1', keystile: '#4493f8', peer: '#656c76' }

const width = 880
const barsFrom = 386
const longest = 330
const rowHeight = 30
const barHeight = 18
const top = 50

/** A bar that is so many times as long as the next one would leave nothing to see of the others. */
const outlier = 4

/**
 * Where a linear scale ends: at the longest bar, but for those that are many times as long as the next: they are cut, and
 * drawn with a gap.
 */
export function scaleEnd(values: readonly number[]): number {
  const [first = 0, ...rest] = [...values].sort((one, other) => other - one)
  const next = rest[0]
  return next !== undefined && next > 0 && first > outlier * next ? scaleEnd(rest) : first
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => escapes[character] ?? character)

/** `37 ×`, `0.8 ×`. */
const multiple = (times: number) => `${times.toLocaleString('en', { maximumFractionDigits: times < 10 ? 1 : 0 })} ×`

function figure({ added, times }: Bar): string {
  return times === undefined ? `${shown(added)} µs` : `${shown(added)} µs · ${multiple(times)}`
}

function gap(y: number): string {
  const x = barsFrom + longest - 34
  return `<path class="gap" d="M${x} ${y + barHeight + 2}l8 -${barHeight + 4}h7l-8 ${barHeight + 4}z"/>`
}

function row(bar: Bar, index: number, end: number): string {
  const y = top + index * rowHeight
  const middle = y + barHeight / 2
  const cut = bar.added > end
  const length = Math.max(1, Math.min(bar.added / (end || 1), 1) * longest)
  const own = bar.isKeystile ? ' own' : ''
  // The gap is cut out of the bar, so that it has the colour of whatever page is behind.
  const mask = cut ? ` mask="url(#cut-${index})"` : ''
  const hole = cut
    ? `<mask id="cut-${index}"><rect x="0" y="${y - 4}" width="${width}" height="${rowHeight}" fill="#fff"/>${gap(y)}</mask>`
    : ''
  return `${hole}<text class="name${own}" x="${barsFrom - 10}" y="${middle}">${escaped(bar.title)}</text>
<rect class="bar${own}" x="${barsFrom}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="2"${mask}/>
<text class="figure${own}" x="${(barsFrom + length + 8).toFixed(1)}" y="${middle}">${escaped(figure(bar))}</text>`
}

function style({ text, quiet, keystile, peer }: Colours): string {
  return `text{font:14px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:${text};dominant-baseline:central}
.heading{font-size:17px;font-weight:600}.name{text-anchor:end}.note{font-size:12.5px;fill:${quiet}}
.own{font-weight:600}.bar{fill:${peer}}.bar.own{fill:${keystile}}.gap{fill:#000}`
}

/** @param bars from the least to the most */
export function chart(bars: readonly Bar[], { heading, notes }: ChartText, colours: Colours): string {
  const end = scaleEnd(bars.map(({ added }) => added))
  const below = top + bars.length * rowHeight + 12
  const height = below + notes.length * 19 + 4
  const said = bars.map((bar) => `${bar.title}: ${figure(bar)}`).join('; ')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc">
<title id="title">${escaped(heading)}</title>
<desc id="desc">${escaped(said)}</desc>
<style>${style(colours)}</style>
<text class="heading" x="0" y="20">${escaped(heading)}</text>
${bars.map((bar, index) => row(bar, index, end)).join('\n')}
${notes.map((note, index) => `<text class="note" x="0" y="${below + 8 + index * 19}">${escaped(note)}</text>`).join('\n')}
</svg>
`
}
