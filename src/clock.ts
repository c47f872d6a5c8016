import { performance } from 'node:perf_hooks'

/** Milliseconds since 1970. */
export type Clock = () => number

/**
 * A clock that never runs behind the time that has passed since it was made: where somebody sets the machine's
 * clock back, an expired key stays expired.
 */
export function steadyClock(): Clock {
  const startedAt = Date.now() - performance.now()
  return () => Math.max(Date.now(), Math.floor(startedAt + performance.now()))
}
