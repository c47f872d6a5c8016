/** What a run puts into docs/benchmarks.md and the README, between two marks, and the charts. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../prepare/places.js'
import { barsOf, chartText } from './bars.js'
import { chart, dark, light } from './chart.js'
import { legend, tableOf } from './columns.js'
import { doubts } from './doubts.js'
import { targetsOf } from './figures.js'
import type { LoadResult, Results } from './measured.js'
import { mainOf, whenOf } from './results.js'
import { summaryOf } from './summary.js'
import { markdownTable } from './table.js'

const start = '<!-- bench:start -->'
const end = '<!-- bench:end -->'

const picture = `<picture>
  <source media="(prefers-color-scheme: dark)" srcset="bench-dark.svg">
  <img alt="CPU time that each way of authentication adds to a request" src="bench-light.svg">
</picture>`

function where(results: Results): string {
  const { command, machine, versions } = results
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const apart = machine.pinned
    ? 'The server had a core of its own; load and PostgreSQL shared the others.'
    : 'Server, load and PostgreSQL shared all cores.'
  return `\`${command}\` on ${whenOf(results)}. ${machine.cpu}, ${machine.cores} cores,
${machine.memoryGb} GB, ${machine.os}, Node ${machine.node}. ${apart}

${packages.join(', ')}.`
}

function doing({ targets }: Results): string {
  const described = Object.values(targets).map(({ title, does, maxTokens }) => [
    title,
    maxTokens === undefined ? does : `${does}; with ${maxTokens} keys at most`
  ])
  return markdownTable({ header: ['Target', 'What is done for a request'], rows: described })
}

function howMuch(result: LoadResult): string {
  const { load, rounds, seconds, coldStarts, memory } = result
  const named = `\`${load.name}\`: `
  if (memory !== undefined)
    return `${named}Heap after a garbage collection, and what it holds outside of it: filled less empty.`
  const starts = Object.values(coldStarts ?? {})[0]?.firstAnswerMs.length
  if (starts !== undefined) {
    return `${named}From spawn to the first answer with status 200, on a database that is there; medians of ${starts} starts.`
  }
  const hot = load.hotKeys === 1 ? 'One hot key' : `${load.hotKeys.toLocaleString('en')} hot keys`
  const fewest = Math.min(...targetsOf(result).map((target) => rounds.filter((round) => target in round).length))
  const more = fewest < rounds.length ? `, ${fewest} where targets lie far apart` : ''
  return `${named}${hot}, ${load.rows.toLocaleString('en')} rows, ${load.connections} connections; medians of ${rounds.length} rounds of ${seconds} s${more}.`
}

function section(result: LoadResult, { loads, targets }: Results): string {
  const main = mainOf(loads)
  const { title } = result.load
  const measured = targetsOf(result).length > 0
  const table = measured ? markdownTable(tableOf(result, targets, main)) : 'Nothing was measured.'
  const heading = `### ${title[0]?.toUpperCase()}${title.slice(1)}`
  return [heading, [howMuch(result), ...doubts(result, targets)].join('\n'), table].join('\n\n')
}

/** All that a run says, as Markdown. */
export function tables(results: Results): string {
  const sections = results.loads.map((result) => section(result, results))
  return [picture, where(results), doing(results), ...sections, `### The columns\n\n${legend}`].join('\n\n')
}

/**
 * A page with this between its marks.
 * @param name of the page, for its error
 * @throws where the page has not exactly one of each mark, in order
 */
export function betweenMarks(page: string, made: string, name: string): string {
  const [before, between, ...more] = page.split(start)
  const [, after, ...further] = between?.split(end) ?? []
  if (before === undefined || after === undefined || more.length > 0 || further.length > 0) {
    throw new Error(
      `${name} needs one line ${start} and below it one line ${end}: what a run says of itself goes between them.`
    )
  }
  return `${before}${start}\n\n${made}\n\n${end}${after}`
}

/**
 * Writes the pages and both charts.
 * @throws before anything is written, where the run is not whole or a page has no place for it
 */
export function writeDocs(results: Results): void {
  const page = (name: string, made: string) => betweenMarks(readFileSync(join(root, name), 'utf8'), made, name)
  const [bars, text] = [barsOf(results), chartText(results)]
  const files = {
    'docs/benchmarks.md': page('docs/benchmarks.md', tables(results)),
    'README.md': page('README.md', summaryOf(results)),
    'docs/bench-light.svg': chart(bars, text, light),
    'docs/bench-dark.svg': chart(bars, text, dark)
  }
  for (const [name, content] of Object.entries(files)) writeFileSync(join(root, name), content)
}
