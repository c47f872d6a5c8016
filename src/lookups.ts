import { type Breaker, Unanswered } from './breaker.js'
import { type Moment, momentNow } from './clock.js'
import { unavailable } from './errors.js'
import type { Flights } from './flights.js'
import { type FoundKey, isTouched, type Store } from './store.js'

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

type Waiters = Set<Waiter>

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
    const waiters = joined ?? this.#queued.get(hash) ?? new Set()
    waiters.add(timed(waiter, giveUpAt, waiters))
    if (!joined) this.#queue(hash, waiters)
  }

  #probe(hash: string): void {
    const { breaker, deadlineMs } = this.#parts
    if (!breaker.mayAsk || this.#queries >= maxQueries) return
    void this.#travel(new Map([[hash, new Set()]]), Math.min(deadlineMs, probeDeadlineMs))
  }

  #queue(hash: string, waiters: Waiters): void {
    const others = this.#queued.get(hash)
    if (others && others !== waiters) for (const waiter of waiters) others.add(waiter)
    else this.#queued.set(hash, waiters)
    if (this.#departing) return
    this.#departing = true
    queueMicrotask(() => {
      this.#departing = false
      while (this.#queries < maxQueries && this.#queued.size > 0) {
        void this.#travel(this.#nextBatch(), this.#parts.deadlineMs)
      }
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

  async #travel(batch: Map<string, Waiters>, deadlineMs: number): Promise<void> {
    if (batch.size === 0) return
    const { breaker, flights, store } = this.#parts
    this.#queries++
    for (const [hash, waiters] of batch) this.#travelling.set(hash, waiters)
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
        if (key || !flight.touchedAll) this.#parts.onAnswer(hash, key, beganAt)
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

/** A waiter that gives up by itself. */
function timed(waiter: Waiter, giveUpAt: number, waiters: Waiters): Waiter {
  const giveUp = () => {
    waiters.delete(self)
    waiter.failed(inVain())
  }
  const timer = setTimeout(giveUp, Math.max(0, giveUpAt - performance.now()))
  const self: Waiter = {
    found(key) {
      clearTimeout(timer)
      waiter.found(key)
    },
    failed(error) {
      clearTimeout(timer)
      waiter.failed(error)
    }
  }
  return self
}
