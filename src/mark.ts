import type { Request } from 'express'
import type { Refuse } from './answer.js'
import type { Authenticated } from './api-key.js'
import type { ApiKeys } from './create-api-keys.js'
import type { RefusalStyle } from './refusals.js'

/** What an apiKeyAuth left on a request for the guards behind it. */
export interface Mark {
  readonly keys: ApiKeys
  /** undefined: let through without credentials, by `optional`. */
  readonly authenticated: Authenticated | undefined
  /** Tells the counts, once, that a guard refused this use of the key. */
  readonly countDenied: () => void
  readonly style: RefusalStyle
  readonly refuse: Refuse
}

// Not req.apiKey: whatever else writes there must not pass a guard.
const marks = new WeakMap<Request, Mark>()

export const markOf = (req: Request): Mark | undefined => marks.get(req)

export function setMark(req: Request, mark: Mark): void {
  marks.set(req, mark)
}
