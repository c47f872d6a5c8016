import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Breaker, Unanswered } from './breaker.js'
import type { Clock } from './clock.js'
import { lastTimeMs } from './duration.js'
import { type Id, publish } from './events.js'
import type { ProvenKey, Store, UsageBatch } from './store.js'
import { piecesOf, Tally } from './tally.js'

/** What is not written by then is tried again; that the first try may still come through does no harm. */
const deadlineMs = 10_000

/** A clock of the app's own that says what no column can hold must not keep all counts from being written. */
const storable = (ms: number) => (ms > 0 && ms < lastTimeMs ? ms : Date.now())

export interface UsageParts {
  readonly store: () => Promise<Store>
  readonly clock: Clock
  /** Milliseconds between two writes. */
  readonly intervalMs: number
  /** Whether the address of the last use is kept. */
  readonly storesIps: boolean
}

/**
 * Counts in memory what becomes of requests and writes it together. Memory grows with the number of keys in use, and,
 * where nothing can be written, with the hours, not with requests. A batch that failed stays as it is and is written again
 * under the same number, so it counts once whatever became of the first try.
 */
export class Usage {
  readonly #parts: UsageParts
  readonly #instanceId = randomUUID()
  readonly #breaker = new Breaker()
  #seq = 0
  readonly #pending = new Map<Id, Tally>()
  #frozen: UsageBatch | undefined
  #waitingSinceMs: number | undefined
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> | undefined
  #next: Promise<void> | undefined
  #stopped = false

  constructor(parts: UsageParts) {
    this.#parts = parts
  }

  #now(): number {
    return storable(this.#parts.clock())
  }

  /** One use of a key, at that time. Returns the time that it was counted under. */
  record(key: ProvenKey, ip: string | null, atMs: number): number {
    const nowMs = storable(atMs)
    this.#tallyOf(key).use(nowMs, this.#parts.storesIps ? ip : null)
    this.#scheduleSince(nowMs)
    return nowMs
  }

  /** A refusal that names this key, at that time. */
  recordDenied(apiKeyId: Id, atMs: number): void {
    const nowMs = storable(atMs)
    this.#tally(apiKeyId).deny(nowMs)
    this.#scheduleSince(nowMs)
  }

  /** A use that was counted at that time, and then refused. It stays a use; in its hour it moves from allowed to denied. */
  recordDeniedUse(apiKeyId: Id, usedAtMs: number): void {
    this.#tally(apiKeyId).denyUse(usedAtMs)
    this.#scheduleSince(this.#now())
  }

  /** Kept with a key that is remembered: to look for it takes longer than to count. */
  #tallyOf(key: ProvenKey): Tally {
    if (key.tally instanceof Tally) return key.tally
    const tally = this.#tally(key.apiKey.id)
    tally.keepWith(key)
    return tally
  }

  #tally(apiKeyId: Id): Tally {
    let tally = this.#pending.get(apiKeyId)
    if (!tally) {
      tally = new Tally(apiKeyId)
      this.#pending.set(apiKeyId, tally)
    }
    return tally
  }

  #scheduleSince(nowMs: number): void {
    this.#waitingSinceMs ??= nowMs
    this.#schedule()
  }

  /** Whether anything is not in the database yet. */
  get isWaiting(): boolean {
    return this.#frozen !== undefined || this.#pending.size > 0
  }

  /** Uses that are not in the database yet. */
  get unwritten(): number {
    let sum = 0
    for (const { count } of this.#pending.values()) sum += count
    for (const { count } of this.#frozen?.entries ?? []) sum += count
    return sum
  }

  /** Since when uses have been waiting; undefined where none does. */
  get waitingSince(): Date | undefined {
    return this.#waitingSinceMs === undefined ? undefined : new Date(this.#waitingSinceMs)
  }

  /** A key may wait with a batch that failed and with later uses. */
  get waitingKeys(): number {
    return new Set([...this.#pending.keys(), ...(this.#frozen?.entries ?? []).map(({ apiKeyId }) => apiKeyId)]).size
  }

  /** Writes all that was recorded before the call. Rejects where the database did not take it; the counts are kept. */
  flush(): Promise<void> {
    // What is being written may have been frozen before the caller's last use. All who wait share the flush after it.
    if (this.#flushing) {
      const flushAgain = () => {
        this.#next = undefined
        return this.flush()
      }
      this.#next ??= this.#flushing.then(flushAgain, flushAgain)
      return this.#next
    }
    if (!this.#frozen && this.#pending.size === 0) return Promise.resolve()
    this.#flushing = this.#writeAll().finally(() => {
      this.#flushing = undefined
    })
    return this.#flushing
  }

  /** No further timer; what is pending is for `flush` alone. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #schedule(): void {
    if (this.#timer || this.#stopped) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.flush().catch(() => this.#schedule())
    }, this.#parts.intervalMs).unref()
  }

  async #writeAll(): Promise<void> {
    let left = this.#pending.size
    try {
      const store = await this.#parts.store()
      if (this.#frozen) await this.#write(store, this.#frozen)
      while (left > 0) {
        for (const ids of piecesOf(this.#pending.keys(), this.#pending.size)) {
          await this.#write(store, this.#freeze(ids))
          left -= ids.length
          // A database in the process answers without one: requests would wait for all pieces.
          if (this.#pending.size > 0) await nextTurn()
        }
      }
      this.#waitingSinceMs = this.#pending.size > 0 ? this.#now() : undefined
    } catch (failure) {
      const error = failure instanceof Unanswered ? failure.cause : failure
      this.#report(error)
      throw error
    }
  }

  #freeze(ids: readonly Id[]): UsageBatch {
    const entries = ids.map((id) => this.#pending.get(id) as Tally)
    for (const entry of entries) entry.letGo()
    for (const id of ids) this.#pending.delete(id)
    this.#seq++
    this.#frozen = { instanceId: this.#instanceId, seq: this.#seq, now: new Date(this.#now()), entries }
    return this.#frozen
  }

  async #write(store: Store, batch: UsageBatch): Promise<void> {
    await this.#breaker.ask(performance.now() + deadlineMs, () => store.writeUsage(batch))
    this.#frozen = undefined
  }

  #report(error: unknown): void {
    publish('keystile:usage-flush-failed', () => ({
      error: error instanceof Error ? error.message : 'unknown',
      waitingKeys: this.waitingKeys,
      waitingSince: new Date(this.#waitingSinceMs ?? this.#now())
    }))
  }
}
