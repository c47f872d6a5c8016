import { setTimeout as sleep } from 'node:timers/promises'
import type { Provider } from '../sql-names.js'
import type { Models, TransactionOptions } from './client.js'
import { explain, isBusy, isCrowdedOut, isDeadlock } from './failures.js'

/** Runs a change as a whole, again where it lost to another one. */
export type InTransaction = <T>(work: (tx: Models) => Promise<T>) => Promise<T>

/** Whatever the client's own setting: what is read behind a lock has to be what is there once the lock was given. */
export const transactionOptions = (provider: Provider): TransactionOptions =>
  provider === 'postgresql' ? { isolationLevel: 'ReadCommitted' } : {}

/** How long a change waits for a lock that others hold. */
const changePatienceMs = 5_000
/** Each try takes the event loop a little: many that wait must not take all of it. */
const longestPauseMs = 200

/**
 * Runs a change, again where it lost to another one before it did anything. SQLite's own waiting would hold the
 * event loop, so the waiting is done here.
 */
export async function attempt<T>(
  provider: Provider,
  work: () => Promise<T>,
  patienceMs = changePatienceMs
): Promise<T> {
  const startedAt = performance.now()
  for (let pauseMs = 10; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return await work()
    } catch (error) {
      const lostToAnother = isBusy(error) || isDeadlock(error) || isCrowdedOut(error)
      if (!lostToAnother || performance.now() - startedAt > patienceMs) throw explain(error, provider)
    }
    await sleep(pauseMs * (0.5 + Math.random()))
  }
}
