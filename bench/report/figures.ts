/** The figures of one target on one load. */
import { type TargetName, targetNames } from '../plan.js'
import type { Kind } from '../target.js'
import type { LoadResult, Measured, Round } from './measured.js'
import { mean, median, medianOf, medianOfPairs } from './statistics.js'

/** All are medians over the rounds, but for `loopMaxMs` and `writesPerSecond`; undefined where there is nothing to work it out from. */
export interface Figures {
  readonly target: TargetName
  /** CPU of the server for each request, in microseconds. */
  readonly cpu: number | undefined
  /** What of it comes on top of bare Express. */
  readonly added: number | undefined
  /** What of it comes on top of the limit. */
  readonly aboveLimit: number | undefined
  /** `cpu` in multiples of bare Express's. */
  readonly timesBare: number | undefined
  readonly perSecond: number | undefined
  /** `timesBare` in multiples of what it is on the main load. */
  readonly ofMain: number | undefined
  /** `perSecond` in multiples of the limit's. */
  readonly ofLimit: number | undefined
  readonly p50Ms: number | undefined
  readonly p99Ms: number | undefined
  /** `p99Ms` in multiples of bare Express's. */
  readonly p99TimesBare: number | undefined
  /** The longest time that the event loop was held in any round. */
  readonly loopMaxMs: number | undefined
  readonly rssMb: number | undefined
  /** The mean: what happens once a second is there in one round and not in the next. */
  readonly writesPerSecond: number | undefined
  /**
   * Known keys' requests per second beside a flood, as a part of what they had without it, at the same part of the requests:
   * 1 where an unknown key costs what a known one does.
   */
  readonly kept: number | undefined
}

const mb = 1e6

function kept({ calm, perSecond, requests, unknown }: Measured): number | undefined {
  if (calm === undefined || unknown === undefined) return undefined
  return perSecond / (calm.perSecond * (requests / (requests + unknown.requests)))
}

function timesBare(rounds: readonly Round[], target: TargetName): number | undefined {
  if (target === 'bare') return undefined
  return medianOfPairs(rounds, target, 'bare', (one, bare) => one.cpuMicros / bare.cpuMicros)
}

/** @param main the rounds of the main load, where this is another one */
export function figuresOf(rounds: readonly Round[], target: TargetName, main: readonly Round[] = []): Figures {
  const own = (figure: (measured: Measured) => number | undefined) => medianOf(rounds, target, figure)
  const beside = (other: TargetName, figure: (measured: Measured, other: Measured) => number) =>
    target === other ? undefined : medianOfPairs(rounds, target, other, figure)
  const loops = rounds.flatMap(({ [target]: measured }) => measured?.loopMaxMs ?? [])
  const micros = (measured: number | undefined) => (measured === undefined ? undefined : measured / 1_000)
  const [here, there] = [timesBare(rounds, target), timesBare(main, target)]
  const rss = own(({ rssBytes }) => rssBytes)
  return {
    target,
    cpu: own(({ cpuMicros }) => cpuMicros),
    added: beside('bare', (one, bare) => one.cpuMicros - bare.cpuMicros),
    aboveLimit: beside('limit', (one, limit) => one.cpuMicros - limit.cpuMicros),
    timesBare: here,
    ofMain: here === undefined || there === undefined ? undefined : here / there,
    perSecond: own(({ perSecond }) => perSecond),
    ofLimit: beside('limit', (one, limit) => one.perSecond / limit.perSecond),
    p50Ms: micros(own(({ p50Micros }) => p50Micros)),
    p99Ms: micros(own(({ p99Micros }) => p99Micros)),
    p99TimesBare: beside('bare', (one, bare) => one.p99Micros / bare.p99Micros),
    loopMaxMs: loops.length > 0 ? Math.max(...loops) : undefined,
    rssMb: rss === undefined ? undefined : rss / mb,
    writesPerSecond: mean(rounds.flatMap(({ [target]: measured }) => measured?.writesPerSecond ?? [])),
    kept: own(kept)
  }
}

/** The targets of a result, in the order of the tables. */
export function targetsOf({ rounds, coldStarts, memory }: LoadResult): readonly TargetName[] {
  const measured = { ...rounds[0], ...coldStarts, ...memory }
  return targetNames.filter((target) => target in measured)
}

/** keystile on the same database as this target; on PostgreSQL for those that have none. */
const peerOf = (database: Kind): TargetName => (database === 'sqlite' ? 'keystile-sqlite' : 'keystile-postgresql')

/** What a target adds to a request, in multiples of what keystile adds: pair by pair, then the median. */
export function timesKeystile(rounds: readonly Round[], target: TargetName, database: Kind): number | undefined {
  const keystile = peerOf(database)
  if (target === keystile || target === 'bare') return undefined
  return median(
    rounds.flatMap(({ bare, [target]: one, [keystile]: own }) => {
      if (bare === undefined || one === undefined || own === undefined) return []
      const times = (one.cpuMicros - bare.cpuMicros) / (own.cpuMicros - bare.cpuMicros)
      return Number.isFinite(times) && times > 0 ? times : []
    })
  )
}
