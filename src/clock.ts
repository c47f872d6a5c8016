import { performance } from 'node:perf_hooks'

/** A point in time on both clocks: a suspended machine stops the one, a corrected clock moves the other. */
export interface Moment {
  readonly monotonicMs: number
  readonly wallMs: number
}

export const momentNow = (): Moment => ({ monotonicMs: performance.now(), wallMs: Date.now() })

/** How long before another moment, or before now, a moment was, by whichever clock says more. */
export const ageMs = ({ monotonicMs, wallMs }: Moment, at: Moment = momentNow()): number =>
  Math.max(at.monotonicMs - monotonicMs, at.wallMs - wallMs)

/** Milliseconds since 1970, now, or at a moment that was just taken: one request's checks need not read the clocks again. */
export type Clock = (at?: Moment) => number

/**
 * A clock that never runs behind the time that has passed since it was made: where somebody sets the machine's
 * clock back, an expired key stays expired.
 */
export function steadyClock(): Clock {
  const startedAt = Date.now() - performance.now()
  return ({ monotonicMs, wallMs } = momentNow()) => Math.max(wallMs, Math.floor(startedAt + monotonicMs))
}
