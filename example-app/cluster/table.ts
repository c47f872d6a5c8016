import type { ExampleProcess } from './processes.js'
import type { Seen } from './watch.js'

const bound = `
The clock starts when the server has answered the UPDATE, and each time is when an answer had come.
The bound: with a healthy change feed well under 100 ms as a rule; where the feed is lost,
no later than two seconds and the time of one look-up.`

const ms = (value: number) => (value < 10 ? value.toFixed(1) : value.toFixed(0))

function row({ pid, url }: ExampleProcess, seen: Seen): string[] {
  const { lastAcceptMs, firstRefusalMs, asked, longestGapMs, others } = seen
  return [
    String(pid),
    new URL(url).port,
    lastAcceptMs === undefined ? 'before the commit' : `${ms(lastAcceptMs)} ms after the commit`,
    firstRefusalMs === undefined ? 'NEVER REFUSED' : `refused ${ms(firstRefusalMs)} ms after the commit`,
    `${asked} times, ${ms(longestGapMs)} ms apart at most`,
    others.length === 0 ? '' : `other answers: ${[...new Set(others)].join(', ')}`
  ]
}

/** What was seen of each process, for people. */
export function table(apps: readonly ExampleProcess[], seen: readonly Seen[]): string {
  const head = ['process', 'port', 'last 200', 'first 401', 'asked', '']
  const rows = apps.flatMap((app, index) => (seen[index] ? [row(app, seen[index])] : []))
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((cells) => cells[column]?.length ?? 0)))
  const line = (cells: readonly string[]) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')
  return [...[head, ...rows].map((cells) => line(cells).trimEnd()), bound, ''].join('\n')
}
