/** A clock that a test sets, for `createApiKeys({ now })`. */
export interface ManualClock {
  (): number
  /** Goes on by so many milliseconds. */
  pass(ms: number): void
}

export const hour = 3_600_000
export const day = 24 * hour

/** Begins at the machine's time: the databases' own defaults and Prisma's updatedAt keep that one. */
export function manualClock(startMs = Date.now()): ManualClock {
  let nowMs = startMs
  return Object.assign(() => nowMs, {
    pass(ms: number) {
      nowMs += ms
    }
  })
}
