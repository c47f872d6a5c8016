import type { ApiKey } from '../api-key.js'

const expiresAtMs = Symbol('expiresAtMs')
const createdAtMs = Symbol('createdAtMs')

interface Times {
  /** undefined is never. */
  readonly [expiresAtMs]: number | undefined
  readonly [createdAtMs]: number
}

// The same two functions for all records: with functions of its own, each would take a kilobyte more.
const expiresAt = {
  enumerable: true,
  get(this: Times): Date | null {
    const ms = this[expiresAtMs]
    return ms === undefined ? null : new Date(ms)
  }
}
const createdAt = {
  enumerable: true,
  get(this: Times): Date {
    return new Date(this[createdAtMs])
  }
}

/** Gives a record its times. A Date can't be frozen and the record serves many requests: each who asks gets one of its own. */
export const withTimes = <Fields extends object>(
  record: Fields,
  times: { readonly expiresAtMs: number | undefined; readonly createdAtMs: number }
): Fields & Pick<ApiKey, 'expiresAt' | 'createdAt'> =>
  Object.defineProperties(record as Fields & Pick<ApiKey, 'expiresAt' | 'createdAt'>, {
    [expiresAtMs]: { value: times.expiresAtMs },
    [createdAtMs]: { value: times.createdAtMs },
    expiresAt,
    createdAt
  })
