import { setTimeout as sleep } from 'node:timers/promises'
import type { Moment } from '../change-feed.js'

export const moment = (): Moment => ({ monotonicMs: performance.now(), wallMs: Date.now() })

/** Waits, keeps no process alive, and ends early where the signal says so. */
export async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.max(0, ms), undefined, { ref: false, signal }).catch(() => {})
}

const firstWaitMs = 100
const longestWaitMs = 5_000

/** How long to wait after so many failures in a row: between half of it and all of it, lest many processes come at once. */
export function backoff(failures: number, random: () => number): number {
  return Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(failures - 1, 16)) * (0.5 + random() / 2)
}
