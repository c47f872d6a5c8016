/** What a run says in short, for the README: the chart in words, which not all can see. */
import { barsOf } from './bars.js'
import { shown } from './columns.js'
import { figuresOf } from './figures.js'
import type { Results } from './measured.js'
import { markdownTable } from './table.js'

/** @throws where the run has no round of the load "main" with bare Express */
export function summaryOf(results: Results): string {
  const { date, commit, machine, loads } = results
  const rows = barsOf(results).map(({ title, added, times }) => [title, shown(added), shown(times)])
  const main = loads.find(({ load }) => load.name === 'main')
  const { cpu } = figuresOf(main?.rounds ?? [], 'bare')
  const at = commit === undefined ? '' : `, at commit ${commit}`
  return [
    `On ${date.slice(0, 10)}${at}, a request took ${shown(cpu)} µs of CPU with Express alone (Node ${machine.node}, ${machine.cpu}). Authentication added to that:`,
    markdownTable({ header: ['', 'CPU µs', '× keystile on the same database'], rows })
  ].join('\n\n')
}
