import { ApiKeyError, unavailable } from './errors.js'

/** The database did not answer, or not in time; `cause` says which. */
export class Unanswered extends Error {
  constructor(cause: unknown) {
    super('The database was asked in vain.', { cause })
  }
}

/** So many questions may stay unanswered past their deadline before hardly any more are asked. */
const maxAbandoned = 4
const maxFailuresInARow = 4
const probeEveryMs = 250
/** From here on, what is asked of a client that keeps every question for ever is a matter of minutes. */
const manyAbandoned = 8
const probeManyEveryMs = 10_000
const quietAfterMs = 1_000

/**
 * Waits for the database so long and no longer, and stops asking one that is down. A question that is given up may stay
 * with the client for ever (pg waits without end for a server that has gone silent), so their number is bounded. While
 * the breaker is open, one question in a while finds out whether the database is back, and the others fail at once.
 */
export class Breaker {
  #abandoned = new Set<Promise<unknown>>()
  #failures = 0
  /** When the last probe began, or what opened it went wrong. */
  #probedAt = Number.NEGATIVE_INFINITY

  get isOpen(): boolean {
    return this.#failures >= maxFailuresInARow || this.#abandoned.size >= maxAbandoned
  }

  /** Whether a question may be asked now: any while it is closed, one in a while when it is open. */
  get mayAsk(): boolean {
    const every = this.#abandoned.size < manyAbandoned ? probeEveryMs : probeManyEveryMs
    return !this.isOpen || this.#silentMs >= every
  }

  /** Open, and for so long without a question that nobody knows any more whether the database is down. */
  get isStale(): boolean {
    return this.isOpen && this.mayAsk && this.#silentMs >= quietAfterMs
  }

  get #silentMs(): number {
    return performance.now() - this.#probedAt
  }

  /**
   * @param giveUpAt a time of performance.now()
   * @throws Unanswered
   */
  async ask<T>(giveUpAt: number, question: () => Promise<T>): Promise<T> {
    if (!this.mayAsk) throw new Unanswered(unavailable('The database does not answer; it is asked again soon.'))
    const isProbe = this.isOpen
    if (isProbe) this.#probedAt = performance.now()
    let timer: NodeJS.Timeout | undefined
    const answer = question()
    const late = new Promise<never>((_, reject) => {
      const giveUp = () => {
        this.#abandon(answer)
        reject(unavailable('The database did not answer in time.'))
      }
      timer = setTimeout(giveUp, Math.max(0, giveUpAt - performance.now()))
    })
    try {
      const found = await Promise.race([answer, late])
      this.answered()
      return found
    } catch (cause) {
      if (isOutage(cause)) this.#failures++
      if (!isProbe) this.#probedAt = performance.now()
      throw new Unanswered(cause)
    } finally {
      clearTimeout(timer)
    }
  }

  /** The database answered a question, this one's or another's: all may ask again. */
  answered(): void {
    this.#failures = 0
    this.#abandoned = new Set()
  }

  #abandon(answer: Promise<unknown>): void {
    const abandoned = this.#abandoned
    abandoned.add(answer)
    const settled = () => abandoned.delete(answer)
    answer.then(() => {
      // Late, but the database answers.
      if (settled()) this.#failures = 0
    }, settled)
  }
}

/** An answer that says no is an answer: only silence and what is not of our making count. */
function isOutage(cause: unknown): boolean {
  return !(cause instanceof ApiKeyError) || cause.code === 'unavailable'
}
