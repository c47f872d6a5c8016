import type { FeedFailure } from '../change-feed.js'
import { ApiKeyError } from '../errors.js'

/** Why a feed can't go on, where it knows; any other error means that the database can't be reached. */
export class FeedError extends Error {
  readonly code: FeedFailure['code']

  constructor(code: FeedFailure['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** Drivers name hosts, files and users in their messages, and no passwords. */
export function failureOf(error: unknown): FeedFailure {
  if (error instanceof FeedError) return { code: error.code, message: error.message }
  if (error instanceof ApiKeyError && error.code === 'misconfigured')
    return { code: 'driver_missing', message: `There is no change feed. ${error.message}` }
  const reason = error instanceof Error ? error.message || error.name : 'unknown error'
  return { code: 'unreachable', message: `The change feed lost the database (${reason}).` }
}
