import { type Breaker, Unanswered } from './breaker.js'
import { type Moment, momentNow } from './clock.js'
import { unavailable } from './errors.js'
import type { Flights } from './flights.js'
import { type FoundKey, isTouched, isUntouched, type Store } from './store.js'

/** More hashes than this go in several queries. */
const batchSize = 250
/** Of an app's own pool, unknown keys can take so much. */
const maxQueries = 2
/** A query that has no answer after so long is slow: the next goes beside it. */
const slowMs = 10
/** A probe that is not answered by then makes room for the next: the first after the database's return is not to wait for it. */
const probeDeadlineMs = 500

/** What is asked for of one token. */
export interface Question {
  /** The same for the same question: who asks it while it is out waits for that answer. */
  readonly id: string
  readonly keyHashes: readonly string[]
  /** What rows of slow hashes show of their tokens. */
  readonly keyPrefixes: readonly string[]
}

export interface Answer {
  /** Rows that have one of the hashes, or a slow hash and one of the prefixes. */
  readonly keys: readonly FoundKey[]
  /** When its query began. */
  readonly beganAt: Moment
  /** Whether nothing at all was changed since: what is not there, is not there. */
  readonly isUntouched: boolean
}

/** Hears of keys in the very turn in which the answer came: between the two, nothing can be revoked. */
export interface Waiter {
  found(answer: Answer): void
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
}

/** Hears one thing only, and gives up by itself. */
interface Waiting extends Waiter {
  /** Where it stands: what is looked up again goes on with those who came later. */
  among: Waiters
}

type Waiters = Set<Waiting>

interface Asked {
  readonly question: Question
  readonly waiters: Waiters
}

type Batch = Map<string, Asked>

/**
 * Cold look-ups travel together: one flight a question, whoever asks; what arrives while a query is out goes in the next. A
 * second one goes beside it where the first is slow, or where there is enough for both. A key that was changed in the meantime
 * is looked up again, for all who wait for it.
 */
export class Lookups {
  readonly #parts: LookupsParts
  /** In the order of their arrival. */
  readonly #queued: Batch = new Map()
  readonly #travelling: Batch = new Map()
  /** Queries that are out, and since when, as a time of performance.now(). */
  readonly #out = new Map<Batch, number>()
  #departing = false
  #slowTimer: NodeJS.Timeout | undefined

  constructor(parts: LookupsParts) {
    this.#parts = parts
  }

  /**
   * While the database does not answer, nobody waits for it: what is asked for is refused at once, and one in a while
   * is looked up all the same, to see whether it is back.
   *
   * @param giveUpAt how long the waiter waits, a time of performance.now()
   */
  find(question: Question, giveUpAt: number, waiter: Waiter): void {
    const { breaker } = this.#parts
    if (breaker.isOpen && !breaker.isStale) {
      this.#probe(question)
      return waiter.failed(inVain())
    }
    const { id } = question
    const joined = this.#parts.mayJoin() ? this.#travelling.get(id) : undefined
    const waiters: Waiters = (joined ?? this.#queued.get(id))?.waiters ?? new Set()
    waiters.add(timed(waiter, giveUpAt, waiters))
    if (!joined) this.#queue({ question, waiters })
  }

  #probe(question: Question): void {
    const { breaker, deadlineMs } = this.#parts
    if (!breaker.mayAsk || this.#out.size >= maxQueries) return
    // Nobody joins it: its time is shorter.
    const alone: Batch = new Map([[question.id, { question, waiters: new Set() }]])
    void this.#ask(alone, Math.min(deadlineMs, probeDeadlineMs))
  }

  #queue(asked: Asked): void {
    const { question, waiters } = asked
    const others = this.#queued.get(question.id)?.waiters
    if (others && others !== waiters) move(waiters, others)
    else this.#queued.set(question.id, asked)
    this.#departSoon()
  }

  #departSoon(): void {
    if (this.#departing) return
    this.#departing = true
    // Not sooner: what all connections brought in this turn of the loop goes together, also where a database in the process
    // answers before the next request is read.
    setImmediate(() => {
      this.#departing = false
      this.#depart()
    })
  }

  #depart(): void {
    clearTimeout(this.#slowTimer)
    while (this.#queued.size > 0 && this.#mayDepart) void this.#travel(this.#nextBatch())
    if (this.#queued.size > 0 && this.#out.size < maxQueries) this.#departWhenSlow()
  }

  /** Whether a query may go now: alone always, beside another one where that is slow or there is enough for both. */
  get #mayDepart(): boolean {
    if (this.#out.size === 0) return true
    if (this.#out.size >= maxQueries) return false
    // Else each of the two would have half of the keys, and most of what a query costs, it costs for one key too.
    return this.#queued.size >= batchSize || this.#longestOutMs >= slowMs
  }

  #departWhenSlow(): void {
    // By its own clock, which counts whole milliseconds, a timer may be early.
    const delayMs = Math.max(0, slowMs - this.#longestOutMs) + 1
    this.#slowTimer = setTimeout(() => this.#depart(), delayMs).unref()
  }

  get #longestOutMs(): number {
    return performance.now() - Math.min(...this.#out.values())
  }

  #nextBatch(): Batch {
    const batch: Batch = new Map()
    for (const [id, asked] of this.#queued) {
      if (batch.size === batchSize) break
      this.#queued.delete(id)
      // Nobody waits any more for what was given up.
      if (asked.waiters.size > 0) batch.set(id, asked)
    }
    return batch
  }

  async #travel(batch: Batch): Promise<void> {
    if (batch.size === 0) return
    for (const [id, asked] of batch) this.#travelling.set(id, asked)
    await this.#ask(batch, this.#parts.deadlineMs)
  }

  async #ask(batch: Batch, deadlineMs: number): Promise<void> {
    const { breaker, flights, store } = this.#parts
    this.#out.set(batch, performance.now())
    const flight = flights.begin()
    const beganAt = momentNow()
    try {
      const found = await breaker.ask(performance.now() + deadlineMs, async () => rowsFor(batch, await store()))
      this.#arrived(batch)
      for (const asked of batch.values()) {
        const keys = found(asked.question)
        if (keys.some((key) => isTouched(flight, key))) {
          this.#queue(asked)
          continue
        }
        // What is not there yet may be there after a change.
        const answer = { keys, beganAt, isUntouched: isUntouched(flight) }
        for (const waiter of asked.waiters) waiter.found(answer)
      }
    } catch (error) {
      this.#arrived(batch)
      for (const { waiters } of batch.values()) for (const waiter of waiters) waiter.failed(error as Unanswered)
    } finally {
      flights.end(flight)
    }
  }

  #arrived(batch: Batch): void {
    this.#out.delete(batch)
    for (const [id, asked] of batch) {
      if (this.#travelling.get(id) === asked) this.#travelling.delete(id)
    }
    if (this.#queued.size > 0) this.#departSoon()
  }
}

/** Asks for all that a batch wants, in one query; a second one where slow hashes are among it. */
async function rowsFor(batch: Batch, store: Store): Promise<(question: Question) => readonly FoundKey[]> {
  const questions = [...batch.values()].map(({ question }) => question)
  const keyHashes = questions.flatMap((question) => question.keyHashes)
  const keyPrefixes = [...new Set(questions.flatMap((question) => question.keyPrefixes))]
  const byHash = keyHashes.length > 0 ? await store.findByHashes(keyHashes) : new Map<string, FoundKey>()
  const slow = keyPrefixes.length > 0 ? await store.findSlow(keyPrefixes) : []
  return (question) => [
    ...question.keyHashes.flatMap((hash) => byHash.get(hash) ?? []),
    ...slow.filter(({ apiKey }) => question.keyPrefixes.includes(apiKey.keyPrefix))
  ]
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
    found: (answer) => once(() => waiter.found(answer)),
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
