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

/** A point in time on both clocks: a suspended machine stops the one, a corrected clock moves the other. */
export interface Moment {
  readonly monotonicMs: number
  readonly wallMs: number
}

export const momentNow = (): Moment => ({ monotonicMs: performance.now(), wallMs: Date.now() })

/** How long ago a moment was, by whichever clock says more. */
export const ageMs = ({ monotonicMs, wallMs }: Moment): number =>
  Math.max(performance.now() - monotonicMs, Date.now() - wallMs)
