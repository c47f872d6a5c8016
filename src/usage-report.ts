import { lastTimeMs } from './duration.js'
import { describe, describeWord } from './errors.js'
import { check, ownFields } from './key-input.js'
import type { HourOfUse } from './store.js'

const unitMs = { hour: 3_600_000, day: 86_400_000 }
const mostBuckets = { hour: 31 * 24, day: 366 }
/** Without a beginning, so many buckets up to the end. */
const usualBuckets = { hour: 24, day: 30 }

export interface UsageInput {
  /** The first hour or day is the one that has this time. Default: 30 days, or 24 hours, up to `to`. */
  readonly from?: Date
  /** The last hour or day is the one that has the moment before this time. Default: now, with what has begun. */
  readonly to?: Date
  /** By the `hour`, 31 days at most, or the `day`, 366 at most; both of UTC. Default `day`. */
  readonly by?: 'hour' | 'day'
}

export interface UsageBucket {
  /** When the hour or the day began. */
  readonly start: Date
  /** Requests that were let in. */
  readonly allowed: number
  /** Requests that were refused and named the key: it was revoked or expired, its owner inactive, or a guard refused it. */
  readonly denied: number
}

export interface UsageReport {
  readonly from: Date
  readonly to: Date
  readonly by: 'hour' | 'day'
  readonly allowed: number
  readonly denied: number
  /** Each hour or day from `from` to `to`, those without requests too. */
  readonly buckets: readonly UsageBucket[]
}

/** A stretch of time that begins and ends with an hour or a day. */
export interface Span {
  readonly from: Date
  /** Not included. */
  readonly to: Date
  readonly by: 'hour' | 'day'
}

/** Long before there were keys, and within what every database can compare. */
const firstMs = Date.UTC(1970, 0)
const isTime = (value: unknown) => value instanceof Date && value.getTime() >= firstMs && value.getTime() < lastTimeMs

/** @throws ApiKeyError `invalid_argument` */
export function parseSpan(input: UsageInput, nowMs: number): Span {
  const { from, to, by = 'day' } = ownFields('usage', input, ['from', 'to', 'by'])
  check('by', by === 'hour' || by === 'day', `by must be 'hour' or 'day', not ${describeWord(by)}.`)
  for (const [field, time] of Object.entries({ from, to }))
    check(
      field,
      time === undefined || isTime(time),
      `${field} must be a valid Date from 1970 on, not ${describe(time)}.`
    )
  const unit = unitMs[by]
  const endMs = Math.ceil((to?.getTime() ?? nowMs + 1) / unit) * unit
  const startMs = from ? Math.floor(from.getTime() / unit) * unit : endMs - usualBuckets[by] * unit
  check('from', startMs >= firstMs, 'from and to must not be before 1970.')
  check('from', startMs < endMs, 'from must be before to.')
  const most = mostBuckets[by]
  // One more: a stretch that begins and ends within an hour, or a day, reaches into one more than it is long.
  check('from', (endMs - startMs) / unit <= most + 1, `from and to may be at most ${most} ${by}s apart.`)
  return { from: new Date(startMs), to: new Date(endMs), by }
}

/** Adds the hours up; where nothing was counted there is a zero. */
export function fillBuckets({ from, to, by }: Span, hours: readonly HourOfUse[]): UsageReport {
  const unit = unitMs[by]
  const buckets = Array.from({ length: (to.getTime() - from.getTime()) / unit }, (_, i) => ({
    start: new Date(from.getTime() + i * unit),
    allowed: 0,
    denied: 0
  }))
  let sum = { allowed: 0, denied: 0 }
  for (const { hour, allowed, denied } of hours) {
    const bucket = buckets[Math.floor((hour.getTime() - from.getTime()) / unit)]
    if (!bucket) continue
    bucket.allowed += allowed
    bucket.denied += denied
    sum = { allowed: sum.allowed + allowed, denied: sum.denied + denied }
  }
  return { from, to, by, ...sum, buckets }
}
