import { setTimeout as sleep } from 'node:timers/promises'
import type { Instance } from './instance.js'
import { check } from './key-input.js'

const retryMs = 100
const maxTimeoutMs = 3_600_000

/** @throws ApiKeyError `invalid_argument` */
export function requireTimeout(timeoutMs: unknown): void {
  const sound = typeof timeoutMs === 'number' && timeoutMs >= 0 && timeoutMs <= maxTimeoutMs
  check('timeoutMs', sound, `timeoutMs must be a number of milliseconds from 0 to ${maxTimeoutMs}.`)
}

/** Lets requests under way finish, writes what was counted, and closes what the instance opened. */
export async function closeInstance(
  { verifier, refresher, usage, feed, opener }: Instance,
  timeoutMs: number
): Promise<{ unwritten: number }> {
  const giveUpAt = performance.now() + timeoutMs
  // The timer keeps the process alive: what is waited for may not, and a process that ends here loses its counts.
  const inTime = async (work: Promise<unknown>) => {
    const done = new AbortController()
    const patience = sleep(Math.max(0, giveUpAt - performance.now()), undefined, { signal: done.signal })
    await Promise.race([work, patience]).catch(() => {})
    done.abort()
    patience.catch(() => {})
  }
  await inTime(verifier.close())
  refresher?.stop()
  usage.stop()
  while (usage.isWaiting && performance.now() < giveUpAt) {
    await inTime(usage.flush())
    if (usage.isWaiting) await inTime(sleep(retryMs))
  }
  await inTime(Promise.resolve(feed?.close()))
  await inTime(opener.close())
  return { unwritten: usage.unwritten }
}
