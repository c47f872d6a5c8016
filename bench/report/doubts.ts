/** What makes the figures of a load doubtful, in words, for the terminal and the page. */
import type { TargetName } from '../plan.js'
import { targetsOf } from './figures.js'
import type { Description, LoadResult } from './measured.js'

type Titles = Readonly<Partial<Record<TargetName, Description>>>

/** From this part of its time on, it may be the load process that is measured. */
const busyLoad = 0.85
/** What is this much cheaper in its last round than in its first was not warm. */
const coldStart = 0.1

export function doubts(result: LoadResult, titles: Titles): readonly string[] {
  const measured = targetsOf(result).map((target) => ({
    name: titles[target]?.title ?? target,
    rounds: result.rounds.flatMap(({ [target]: round }) => round ?? [])
  }))
  const named = (isOne: (rounds: (typeof measured)[number]['rounds']) => boolean) =>
    measured.flatMap(({ name, rounds }) => (isOne(rounds) ? name : [])).join('; ')
  const busy = named((rounds) => rounds.some(({ loadBusy }) => loadBusy > busyLoad))
  const cold = named((rounds) => (rounds.at(-1)?.cpuMicros ?? 0) < (1 - coldStart) * (rounds[0]?.cpuMicros ?? 0))
  return [
    ...(busy === ''
      ? []
      : [
          `The load process was busy for more than ${busyLoad * 100} % of its time: requests per second are too low of ${busy}.`
        ]),
    ...(cold === ''
      ? []
      : [
          `Was not warm yet, and got cheaper from round to round: ${cold}. What is shown is more than it may cost in the end.`
        ])
  ]
}
