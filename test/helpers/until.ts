import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for something that is sure to come; the test's own time limit ends the wait where it does not. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(5)
}
