import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for something that is sure to come, and resolves with it; the test's own time limit ends the wait where it does not. */
export async function until<T>(find: () => T | Promise<T>): Promise<Exclude<T, false>> {
  for (;;) {
    const found = await find()
    if (found) return found as Exclude<T, false>
    await sleep(5)
  }
}
