import type { Client } from 'pg'

/**
 * A pg client that hangs up when a query has had its time. Of its own, pg gives the connection back to its pool with
 * the statement still under way: the ROLLBACK that should follow is never sent, and what others ask next on that
 * connection runs inside of a transaction that nobody ends.
 */
export function hangingUp(Base: typeof Client): typeof Client {
  return class extends Base {
    constructor(...config: ConstructorParameters<typeof Client>) {
      super(...config)
      const ask = this.query.bind(this) as (...args: unknown[]) => unknown
      const query = (...args: unknown[]) => {
        const answer = ask(...args)
        if (answer instanceof Promise) answer.catch((error: Error) => this.#hangUpAfter(error))
        return answer
      }
      Object.assign(this, { query })
    }

    #hangUpAfter({ message }: Error): void {
      if (message === 'Query read timeout') this.end().catch(() => {})
    }
  }
}
