import type { Id } from './events.js'
import type { HourTally, ProvenKey, UsageEntry } from './store.js'

const hourMs = 3_600_000
const none: readonly HourTally[] = []

/**
 * What became of the requests of one key since its last batch: counted in place, until a batch takes it as it is. The hour that
 * counts now is in the tally itself: a request finds all that it changes in one place of memory.
 */
export class Tally implements UsageEntry {
  readonly apiKeyId: Id
  count = 0
  /** 0: not used. A number from the start is one that V8 changes in place. */
  lastUsedAtMs = 0
  lastUsedIp: string | null = null
  /** Hours since 1970; -1: none yet. */
  #hour = -1
  #allowed = 0
  #denied = 0
  #otherHours: readonly HourTally[] = none
  #keeper: Pick<ProvenKey, 'tally'> | undefined

  constructor(apiKeyId: Id) {
    this.apiKeyId = apiKeyId
  }

  get hours(): readonly HourTally[] {
    return this.#hour === -1 ? none : [...this.#otherHours, this.#currentHour]
  }

  get #currentHour(): HourTally {
    return { startMs: this.#hour * hourMs, allowed: this.#allowed, denied: this.#denied }
  }

  use(atMs: number, ip: string | null): void {
    this.count++
    this.lastUsedAtMs = atMs
    this.lastUsedIp = ip
    this.#turnTo(atMs)
    this.#allowed++
  }

  deny(atMs: number): void {
    this.#turnTo(atMs)
    this.#denied++
  }

  /** A use that was let in at this time was refused after all. */
  denyUse(usedAtMs: number): void {
    this.#turnTo(usedAtMs)
    this.#allowed--
    this.#denied++
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

  #turnTo(ms: number): void {
    const hour = Math.floor(ms / hourMs)
    if (this.#hour === -1) this.#hour = hour
    else if (hour !== this.#hour) this.#swapIn(hour)
  }

  #swapIn(hour: number): void {
    const { hours } = this
    const before = hours.find(({ startMs }) => startMs === hour * hourMs)
    this.#otherHours = hours.filter((each) => each !== before)
    this.#hour = hour
    this.#allowed = before?.allowed ?? 0
    this.#denied = before?.denied ?? 0
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
