import type { FeedListener } from './change-feed.js'
import type { Id } from './events.js'
import { publish } from './events.js'
import type { Flights } from './flights.js'
import type { KeyCache } from './key-cache.js'
import type { TokenForms } from './token-forms.js'
import { warn } from './warn.js'

/** Where changes are told, this process's own and those that the feed hears of: to what is remembered, and to look-ups on their way. */
export class Changes {
  readonly #flights: Flights
  readonly #cache: KeyCache | undefined
  readonly #forms: TokenForms
  readonly #siblings: () => Iterable<FeedListener>

  /** @param siblings those of the process that hear of the same database: of a change here they need not wait to be told */
  constructor(
    flights: Flights,
    cache: KeyCache | undefined,
    forms: TokenForms,
    siblings: () => Iterable<FeedListener>
  ) {
    this.#flights = flights
    this.#cache = cache
    this.#forms = forms
    this.#siblings = siblings
  }

  /** Keys were added, perhaps with a form of tokens that was not looked up before. */
  added(...ids: readonly Id[]): void {
    this.#heardOfNew(...ids)
    for (const sibling of this.#siblings()) for (const id of ids) sibling.keyInserted(String(id))
  }

  /** Keys or owners with these ids have changed: after the commit, and before anyone is told that it happened. */
  touch(...ids: readonly Id[]): void {
    this.#heard(...ids)
    for (const sibling of this.#siblings()) for (const id of ids) sibling.keyChanged(String(id))
  }

  /** Anything may have changed. */
  touchAll(): void {
    this.#heardAll()
    for (const sibling of this.#siblings()) sibling.everythingChanged()
  }

  /** What the feed tells to. */
  listener(cache: KeyCache): FeedListener {
    let isLost = false
    return {
      keyChanged: (id) => this.#heard(id),
      keyInserted: (id) => this.#heardOfNew(id),
      ownerChanged: (id) => this.#heard(id),
      everythingChanged: () => this.#heardAll(),
      barrier(askedAt) {
        cache.proved(askedAt)
        if (isLost) publish('keystile:feed', () => ({ state: 'fresh' }))
        isLost = false
      },
      lost({ code, message }) {
        cache.distrust(code)
        publish('keystile:feed', () => ({ state: 'lost', code, message }))
        // What no later attempt can find is told to those too who listen to no channel.
        if (code === 'driver_missing') warn(code, message)
        isLost = true
      }
    }
  }

  #heard(...ids: readonly Id[]): void {
    this.#flights.touch(...ids)
    this.#cache?.drop(...ids)
    // A hash that no key had may have come with the change.
    this.#cache?.dropUnknown()
  }

  #heardOfNew(...ids: readonly Id[]): void {
    this.#forms.keysWereAdded()
    this.#heard(...ids)
  }

  #heardAll(): void {
    this.#forms.keysWereAdded()
    this.#flights.touchAll()
    this.#cache?.clear()
  }
}
