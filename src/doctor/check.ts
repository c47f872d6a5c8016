import { inTime } from '../in-time.js'

/** `warn`: it works, and somebody should look at it. `fail`: something is wrong. */
export type CheckStatus = 'ok' | 'warn' | 'fail' | 'skipped'

/** What one check found. */
export interface Finding {
  readonly status: CheckStatus
  readonly message: string
  /** What to do; null where there is nothing to do. */
  readonly remedy: string | null
  /** The same for programs: figures, names, counts. */
  readonly details: Details
}

export type Details = Readonly<Record<string, unknown>>

export interface Check extends Finding {
  readonly id: string
}

export const ok = (message: string, details: Details = {}): Finding => ({
  status: 'ok',
  message,
  remedy: null,
  details
})
export const warn = (message: string, remedy: string, details: Details = {}): Finding => ({
  status: 'warn',
  message,
  remedy,
  details
})
export const fail = (message: string, remedy: string, details: Details = {}): Finding => ({
  status: 'fail',
  message,
  remedy,
  details
})
/** @param remedy what makes the check run, where that is up to whoever asks */
export const skipped = (message: string, remedy: string | null = null): Finding => ({
  status: 'skipped',
  message,
  remedy,
  details: {}
})

/** Milliseconds for people. */
export function shownMs(ms: number): string {
  if (ms < 0.1) return 'less than 0.1 ms'
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`
}

/** Milliseconds for programs: no more digits than a clock has. */
export const roundedMs = (ms: number): number => Math.round(ms * 100) / 100

/** @throws Error where it takes longer; a client of the app's own may have no limit. */
export const within = async <T>(limitMs: number, work: () => Promise<T>): Promise<T> =>
  inTime(performance.now() + limitMs, work(), () => new Error(`no answer within ${limitMs} ms`))
