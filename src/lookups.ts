import { type Breaker, Unanswered } from './breaker.js'
import { type Moment, momentNow } from './clock.js'
import { unavailable } from './errors.js'
import type { Flights } from './flights.js'
import { type FoundKey, isTouched, isUntouched, type Store } from './store.js'

/** More hashes than this go in several queries. */
const batchSize = 250
/** Of an app's own pool, unknown keys can take so much. */
const maxQueries = 2
/** A probe that is not answered by then makes room for the next: the first after the database's return is not to wait for it. */
const probeDeadlineMs = 500

/** Hears of a key in the very turn in which the answer came: between the two, nothing can be revoked. */
export interface Waiter {
  found(key: FoundKey | undefined): void
  failed(error: Unanswered): void
}

export interface LookupsParts {
  readonly store: () => Promise<Store>
  readonly flights: Flights
  readonly breaker: Breaker
  /** Milliseconds that a query has for its answer. */
  readonly deadlineMs: number
  /** Whether somebody tells of changes that others make while a query is out: only then may a later request wait for it. */
  readonly mayJoin: () => boolean
  /** An answer that nothing has changed since its query began. */
  readonly onAnswer: (hash: string, key: FoundKey | undefined, beganAt: Moment) => void
}

/** Hears one thing only, and gives up by itself. */
interface Waiting extends Waiter {
  /** Where it stands: what is looked up again goes on with those who came later. */
  among: Waiters
}

type Waiters = Set<Waiting>

/**
 * Cold look-ups travel together: one flight a hash, whoever asks; what arrives while two queries are out goes in the
 * next. A key that was changed in the meantime is looked up again, for all who wait for it.
 */
export class Lookups {
  readonly #parts: LookupsParts
  /** In the order of their arrival. */
  readonly #queued = new Map<string, Waiters>()
  readonly #travelling = new Map<string, Waiters>()
  #queries = 0
  #departing = false

  constructor(parts: LookupsParts) {
    this.#parts = parts
  }

  /**
   * While the database does not answer, nobody waits for it: what is asked for is refused at once, and one in a while
   * is looked up all the same, to see whether it is back.
   *
   * @param giveUpAt how long the waiter waits, a time of performance.now()
   */
  find(hash: string, giveUpAt: number, waiter: Waiter): void {
    const { breaker } = this.#parts
    if (breaker.isOpen && !breaker.isStale) {
      this.#probe(hash)
      return waiter.failed(inVain())
    }
    const joined = this.#parts.mayJoin() ? this.#travelling.get(hash) : undefined
    const waiters: Waiters = joined ?? this.#queued.get(hash) ?? new Set()
    waiters.add(timed(waiter, giveUpAt, waiters))
    if (!joined) this.#queue(hash, waiters)
  }

  #probe(hash: string): void {
    const { breaker, deadlineMs } = this.#parts
    if (!breaker.mayAsk || this.#queries >= maxQueries) return
    // Nobody joins it: its time is shorter.
    void this.#ask(new Map([[hash, new Set()]]), Math.min(deadlineMs, probeDeadlineMs))
  }

  #queue(hash: string, waiters: Waiters): void {
    const others = this.#queued.get(hash)
    if (others && others !== waiters) move(waiters, others)
    else this.#queued.set(hash, waiters)
    if (this.#departing) return
    this.#departing = true
    queueMicrotask(() => {
      this.#departing = false
      while (this.#queries < maxQueries && this.#queued.size > 0) void this.#travel(this.#nextBatch())
    })
  }

  #nextBatch(): Map<string, Waiters> {
    const batch = new Map<string, Waiters>()
    for (const [hash, waiters] of this.#queued) {
      if (batch.size === batchSize) break
      this.#queued.delete(hash)
      // Nobody waits any more for what was given up.
      if (waiters.size > 0) batch.set(hash, waiters)
    }
    return batch
  }

  async #travel(batch: Map<string, Waiters>): Promise<void> {
    if (batch.size === 0) return
    for (const [hash, waiters] of batch) this.#travelling.set(hash, waiters)
    await this.#ask(batch, this.#parts.deadlineMs)
  }

  async #ask(batch: Map<string, Waiters>, deadlineMs: number): Promise<void> {
    const { breaker, flights, store } = this.#parts
    this.#queries++
    const flight = flights.begin()
    const beganAt = momentNow()
    try {
      const question = async () => (await store()).findByHashes([...batch.keys()])
      const found = await breaker.ask(performance.now() + deadlineMs, question)
      this.#arrived(batch)
      for (const [hash, waiters] of batch) {
        const key = found.get(hash)
        if (key && isTouched(flight, key)) {
          this.#queue(hash, waiters)
          continue
        }
        // What is not there yet may be there after a change.
        if (key || isUntouched(flight)) this.#parts.onAnswer(hash, key, beganAt)
        for (const waiter of waiters) waiter.found(key)
      }
    } catch (error) {
      this.#arrived(batch)
      for (const waiters of batch.values()) for (const waiter of waiters) waiter.failed(error as Unanswered)
    } finally {
      flights.end(flight)
    }
  }

  #arrived(batch: Map<string, Waiters>): void {
    this.#queries--
    for (const [hash, waiters] of batch) {
      if (this.#travelling.get(hash) === waiters) this.#travelling.delete(hash)
    }
    const [next] = this.#queued
    if (next) this.#queue(...next)
  }
}

const inVain = () => new Unanswered(unavailable('The database does not answer.'))

function timed(waiter: Waiter, giveUpAt: number, among: Waiters): Waiting {
  const once = (tell: () => void) => {
    if (!waiting.among.delete(waiting)) return
    clearTimeout(timer)
    tell()
  }
  const waiting: Waiting = {
    among,
    found: (key) => once(() => waiter.found(key)),
    failed: (error) => once(() => waiter.failed(error))
  }
  const timer = setTimeout(() => waiting.failed(inVain()), Math.max(0, giveUpAt - performance.now()))
  return waiting
}

function move(waiters: Waiters, others: Waiters): void {
  for (const waiting of waiters) {
    waiting.among = others
    others.add(waiting)
  }
  waiters.clear()
}
