import { unavailable } from './errors.js'

/** The database did not answer, or not in time; `cause` says which. */
export class Unanswered extends Error {
  constructor(cause: unknown) {
    super('The database was asked in vain.', { cause })
  }
}

/** So many questions may stay unanswered past their deadline before hardly any more are asked. */
const maxAbandoned = 100
const probeEveryMs = 250

/**
 * Waits for the database so long and no longer. A question that is given up may stay with the client for ever (pg waits
 * without end for a server that has gone silent), so their number is bounded: past it, one in a while finds out whether
 * the database is back, and the others fail at once.
 */
export class Patience {
  #abandoned = 0
  #lastProbeAt = Number.NEGATIVE_INFINITY

  /**
   * @param giveUpAt a time of performance.now()
   * @throws Unanswered
   */
  async ask<T>(giveUpAt: number, question: () => Promise<T>): Promise<T> {
    if (!this.#mayAsk()) throw new Unanswered(unavailable('The database has left too many questions unanswered.'))
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
      return await Promise.race([answer, late])
    } catch (cause) {
      throw new Unanswered(cause)
    } finally {
      clearTimeout(timer)
    }
  }

  #mayAsk(): boolean {
    if (this.#abandoned < maxAbandoned) return true
    if (performance.now() - this.#lastProbeAt < probeEveryMs) return false
    this.#lastProbeAt = performance.now()
    return true
  }

  #abandon(answer: Promise<unknown>): void {
    this.#abandoned++
    const settled = () => {
      this.#abandoned--
    }
    answer.then(settled, settled)
  }
}
