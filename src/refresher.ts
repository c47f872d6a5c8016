import { type KeyCache, provenBy } from './key-cache.js'
import type { Lookups } from './lookups.js'
import type { ProvenKey } from './store.js'

/** So many at a time, and so long between two times: a database in the process holds the event loop for two milliseconds. */
const fewest = 100
const everyMs = 25
/** Where keys were read together they get old together: more at a time then, so that ten seconds are enough for all. */
const mostTimes = 400

export interface RefresherParts {
  readonly cache: KeyCache
  readonly lookups: Lookups
  /** Milliseconds that the database has for an answer. */
  readonly deadlineMs: number
}

/**
 * Reads remembered keys that are still in use again, many in one query, before they are too old to be trusted: no request
 * waits for it. What can't be read in time is forgotten at its age, as if nothing had been tried.
 */
export class Refresher {
  readonly #parts: RefresherParts
  /** In the order of their age. */
  readonly #waiting = new Set<ProvenKey>()
  readonly #left = new WeakSet<ProvenKey>()
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(parts: RefresherParts) {
    this.#parts = parts
  }

  add(key: ProvenKey): void {
    // Refused for what the look-up by its token found, such as a hash that was made otherwise than its row says: only another
    // one of that kind may say that it is good now.
    if (key.state.unreadable.length > 0 || this.#left.has(key) || this.#isStopped) return
    this.#waiting.add(key)
    this.#timer ??= setTimeout(() => this.#next(), everyMs).unref()
  }

  /** Leaves a record to its age: its row's hash could not be replaced, which only a look-up by the token tries again. */
  leave(key: ProvenKey): void {
    this.#left.add(key)
    this.#waiting.delete(key)
  }

  stop(): void {
    this.#isStopped = true
    this.#waiting.clear()
    clearTimeout(this.#timer)
  }

  #next(): void {
    this.#timer = undefined
    let left = Math.max(fewest, Math.ceil(this.#waiting.size / mostTimes))
    for (const key of this.#waiting) {
      if (left-- === 0) break
      this.#waiting.delete(key)
      this.#read(key)
    }
    if (this.#waiting.size > 0) this.#timer = setTimeout(() => this.#next(), everyMs).unref()
  }

  /** By the hash that its row has: the token was found to be its own, and is not kept. */
  #read({ tokenHash, keyHash, hashAlg }: ProvenKey): void {
    const { cache, lookups, deadlineMs } = this.#parts
    const question = { id: `${tokenHash} anew`, keyHashes: [keyHash], keyPrefixes: [] }
    lookups.find(question, performance.now() + deadlineMs, {
      failed: () => {},
      found: ({ keys, beganAt }) => {
        const key = keys.find((each) => each.keyHash === keyHash && each.hashAlg === hashAlg)
        if (key) cache.set(tokenHash, provenBy(tokenHash, key), beganAt)
        else cache.forget(tokenHash)
      }
    })
  }
}
