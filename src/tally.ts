import type { Id } from './events.js'
import type { HourTally, ProvenKey, UsageEntry } from './store.js'

const hourMs = 3_600_000
const hourOf = (ms: number) => Math.floor(ms / hourMs) * hourMs

interface Counting extends HourTally {
  allowed: number
  denied: number
}

/** What became of the requests of one key since its last batch: counted in place, until a batch takes it as it is. */
export class Tally implements UsageEntry {
  readonly apiKeyId: Id
  count = 0
  /** 0: not used. A number from the start is one that V8 changes in place. */
  lastUsedAtMs = 0
  lastUsedIp: string | null = null
  /** In the order in which they came: what is counted now is most often in the last one. */
  readonly hours: Counting[] = []

  #keeper: Pick<ProvenKey, 'tally'> | undefined

  constructor(apiKeyId: Id) {
    this.apiKeyId = apiKeyId
  }

  /** Has a remembered key know it, and no other. */
  keepWith(key: Pick<ProvenKey, 'tally'>): void {
    this.letGo()
    this.#keeper = key
    key.tally = this
  }

  /** A batch has it, or the key is forgotten, and must not be kept for its counts. */
  letGo(): void {
    if (this.#keeper) this.#keeper.tally = undefined
    this.#keeper = undefined
  }

  hourAt(ms: number): Counting {
    const startMs = hourOf(ms)
    for (let i = this.hours.length - 1; i >= 0; i--) {
      const hour = this.hours[i] as Counting
      if (hour.startMs === startMs) return hour
    }
    const made = { startMs, allowed: 0, denied: 0 }
    this.hours.push(made)
    return made
  }
}

/** As many keys as this go in one statement. */
const mostAtOnce = 1_000
/** Of more keys, so many: a statement holds locks on its rows and, where the database is in the process, the event loop. */
const pieceSize = 250
/** So many are put in the order of their ids before they are cut: a piece then has neighbours, which share pages of the table. */
const sweepSize = 10_000

/** Ids in pieces, as they are to be written: those that came first, if there are many. */
export function piecesOf(ids: Iterable<Id>, count: number): Id[][] {
  const sweep: Id[] = []
  for (const id of ids) {
    if (sweep.length === sweepSize) break
    sweep.push(id)
  }
  sweep.sort((one, other) => (one < other ? -1 : 1))
  const size = count <= mostAtOnce ? mostAtOnce : pieceSize
  return Array.from({ length: Math.ceil(sweep.length / size) }, (_, index) =>
    sweep.slice(index * size, (index + 1) * size)
  )
}
