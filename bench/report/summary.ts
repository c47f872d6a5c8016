/** What a run says in short, for the README: the chart in words, which not all can see. */
import { barsOf } from './bars.js'
import { shown } from './columns.js'
import { figuresOf } from './figures.js'
import type { Results } from './measured.js'
import { mainOf, whenOf } from './results.js'
import { markdownTable } from './table.js'

/** @throws where the run has no round of the load "main" with bare Express */
export function summaryOf(results: Results): string {
  const { machine, loads } = results
  const rows = barsOf(results).map(({ title, added, times }) => [title, shown(added), shown(times)])
  const { cpu } = figuresOf(mainOf(loads)?.rounds ?? [], 'bare')
  return [
    `On ${whenOf(results)}, a request took ${shown(cpu)} µs of CPU with Express alone (Node ${machine.node}, ${machine.cpu}). Authentication added to that:`,
    markdownTable({ header: ['', 'CPU µs', '× keystile on the same database'], rows })
  ].join('\n\n')
}
