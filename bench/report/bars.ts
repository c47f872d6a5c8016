/** The bars of the chart, of a run. */
import { isKeystile } from '../plan.js'
import type { Bar, ChartText } from './chart.js'
import { figuresOf, targetsOf, timesKeystile } from './figures.js'
import type { Results } from './measured.js'
import { mainOf } from './results.js'

/** @throws where the run has no round of the load "main" with bare Express */
export function barsOf({ loads, targets }: Results): readonly Bar[] {
  const main = mainOf(loads)
  const bars = (main === undefined ? [] : targetsOf(main)).flatMap((target): readonly Bar[] => {
    const { added } = figuresOf(main?.rounds ?? [], target)
    const described = targets[target]
    if (added === undefined || described === undefined) return []
    const times = timesKeystile(main?.rounds ?? [], target, described.database)
    return [{ title: described.title, added, times, isKeystile: isKeystile(target) }]
  })
  if (bars.length === 0) throw new Error('There is nothing to draw: the run had no load "main" with bare Express.')
  return [...bars].sort((one, other) => one.added - other.added)
}

/** What stands around the bars. */
export function chartText({ date, versions, machine }: Results): ChartText {
  const { cpu, node } = machine
  return {
    heading: 'CPU time that authentication adds to a request: less is better',
    notes: [
      '×: in multiples of keystile on the same database (PostgreSQL where there is none). A bar with a gap is longer than the chart.',
      `1,000 hot keys, 50 connections. keystile ${versions['keystile']}, Node ${node}, ${cpu}, ${date.slice(0, 10)}.`
    ]
  }
}
