/** What a run measures, as bench/results/latest.json has it. */

import type { Load, TargetName } from '../plan.js'
import type { Kind } from '../target.js'

/** Of the requests of one kind. */
export interface Part {
  readonly requests: number
  readonly perSecond: number
  readonly p50Micros: number
  readonly p99Micros: number
}

/** One target in one round. The fields of Part are those of requests with known keys. */
export interface Measured extends Part {
  /** Requests with unknown keys, where the load has some. */
  readonly unknown: Part | undefined
  /** CPU time of the server, user and system, all its threads, for each request. */
  readonly cpuMicros: number
  /** How long its event loop was held. */
  readonly loopMaxMs: number
  readonly loopP99Ms: number
  readonly rssBytes: number
  readonly heapBytes: number
  /** Statements on PostgreSQL, transactions on SQLite. */
  readonly writesPerSecond: number | undefined
  /** Part of its time that the load process computed: near 1, it is the load that is measured. */
  readonly loadBusy: number
  /** The same server in the same round without unknown keys, where the load has some. */
  readonly calm?: Part
}

export type Round = Readonly<Partial<Record<TargetName, Measured>>>

export interface ColdStart {
  /** From spawn to the first answer, once for each start. */
  readonly firstAnswerMs: readonly number[]
}

export interface Memory {
  readonly keys: number
  /** Of the heap and of what it holds outside of it. */
  readonly bytesPerKey: number
}

export interface LoadResult {
  readonly load: Load
  readonly seconds: number
  readonly rounds: readonly Round[]
  readonly coldStarts?: Readonly<Partial<Record<TargetName, ColdStart>>>
  /** Milliseconds for `import`, once for each trial, by what is imported. */
  readonly imports?: Readonly<Record<string, readonly number[]>>
  readonly memory?: Readonly<Partial<Record<TargetName, Memory>>>
}

export interface Description {
  readonly title: string
  readonly database: Kind
  readonly does: string
  /** No load has more keys for it than so many. */
  readonly maxTokens?: number
  /** Whether its work may pile up behind the answers. */
  readonly putsOff?: boolean
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly os: string
  readonly node: string
  readonly pinned: boolean
}

export interface Results {
  readonly date: string
  /** Of git, with `-dirty` where files were changed; undefined outside of a repository. */
  readonly commit: string | undefined
  readonly command: string
  readonly machine: Machine
  readonly versions: Readonly<Record<string, string>>
  readonly targets: Readonly<Partial<Record<TargetName, Description>>>
  readonly loads: readonly LoadResult[]
}
