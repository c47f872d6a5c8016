import type { FeedListener } from './change-feed.js'
import type { Id } from './events.js'
import { publish } from './events.js'
import type { Flights } from './flights.js'
import type { KeyCache } from './key-cache.js'

/** Where changes are told, this process's own and those that the feed hears of: to what is remembered, and to look-ups on their way. */
export class Changes {
  readonly #flights: Flights
  readonly #cache: KeyCache | undefined

  constructor(flights: Flights, cache: KeyCache | undefined) {
    this.#flights = flights
    this.#cache = cache
  }

  /** Keys or owners with these ids have changed: after the commit, and before anyone is told that it happened. */
  touch(...ids: readonly Id[]): void {
    this.#flights.touch(...ids)
    this.#cache?.drop(...ids)
  }

  /** Anything may have changed. */
  touchAll(): void {
    this.#flights.touchAll()
    this.#cache?.clear()
  }

  /** What the feed tells to. */
  listener(cache: KeyCache): FeedListener {
    let isLost = false
    return {
      keyChanged: (id) => this.touch(id),
      keyInserted: () => cache.dropUnknown(),
      ownerChanged: (id) => this.touch(id),
      everythingChanged: () => this.touchAll(),
      barrier(askedAt) {
        cache.proved(askedAt)
        if (isLost) publish('keystile:feed', () => ({ state: 'fresh' }))
        isLost = false
      },
      lost({ code, message }) {
        cache.distrust(code)
        publish('keystile:feed', () => ({ state: 'lost', code, message }))
        isLost = true
      }
    }
  }
}
