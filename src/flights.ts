import type { Id } from './events.js'

/** A lookup on its way; `touched` tells which keys and owners were changed in this process since it began. */
export interface Flight {
  /** As text: what one caller has as 5 is 5n in a row. */
  readonly touched: Set<string>
  /** Whether a change whose outcome is not known came in between: then anything may have changed. */
  touchedAll: boolean
}

/**
 * Makes `await revoke()` final within the process: an answer that was read before a change, and arrives after it,
 * must not be used. Marks are per key and owner, so that a steady stream of changes to some never holds up others.
 */
export class Flights {
  readonly #underWay = new Set<Flight>()

  /** Before the database is asked. */
  begin(): Flight {
    const flight = { touched: new Set<string>(), touchedAll: false }
    this.#underWay.add(flight)
    return flight
  }

  /** When the answer is used or given up. */
  end(flight: Flight): void {
    this.#underWay.delete(flight)
  }

  /** After a change is committed and before its promise settles. */
  touch(...ids: readonly Id[]): void {
    for (const flight of this.#underWay) for (const id of ids) flight.touched.add(String(id))
  }

  /** After a change that failed: it may have been committed all the same. */
  touchAll(): void {
    for (const flight of this.#underWay) flight.touchedAll = true
  }
}
