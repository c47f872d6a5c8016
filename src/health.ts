import type { Breaker } from './breaker.js'
import type { KeyCache } from './key-cache.js'
import type { Usage } from './usage.js'

/** How an instance does, known without asking the database. */
export interface Health {
  /** `fresh`: remembered keys are used. `lost`: each request asks the database. `off`: nothing is remembered by setting. */
  readonly cache: 'fresh' | 'lost' | 'off'
  /** Why the cache is lost, where the change feed said why; null otherwise. */
  readonly cacheReason: string | null
  /** `open`: the database did not answer of late; keys that are not remembered get 503 until it does. */
  readonly breaker: 'closed' | 'open'
  /** Keys with uses that are not in the database yet. */
  readonly waitingKeys: number
  /** Since when the oldest of them waits. */
  readonly waitingSince: Date | null
}

interface Parts {
  readonly cache: KeyCache | undefined
  readonly breaker: Breaker
  readonly usage: Usage
}

export function healthOf({ cache, breaker, usage }: Parts): Health {
  return {
    cache: cache ? (cache.isFresh ? 'fresh' : 'lost') : 'off',
    cacheReason: (!cache?.isFresh && cache?.whyNot) || null,
    breaker: breaker.isOpen ? 'open' : 'closed',
    waitingKeys: usage.waitingKeys,
    waitingSince: usage.waitingSince ?? null
  }
}
