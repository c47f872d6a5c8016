/** What makes the figures of a load doubtful, in words, for the terminal and the page. */
import type { LoadResult } from './measured.js'

/** From this part of its time on, it may be the load process that is measured. */
const busyLoad = 0.85

export function doubts({ rounds }: LoadResult): readonly string[] {
  const busy = rounds.flatMap(Object.entries).filter(([, { loadBusy }]) => loadBusy > busyLoad)
  if (busy.length === 0) return []
  const names = [...new Set(busy.map(([target]) => target))].join(', ')
  return [
    `The load process was busy for more than ${busyLoad * 100} % of its time: requests per second of ${names} are too low.`
  ]
}
