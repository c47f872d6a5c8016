import { Breaker } from './breaker.js'
import type { ChangeFeed } from './change-feed.js'
import { Changes } from './changes.js'
import { Flights } from './flights.js'
import { KeyCache } from './key-cache.js'
import { KeyHistory } from './key-history.js'
import { KeyLists } from './key-lists.js'
import { Keys } from './keys.js'
import { Lookups } from './lookups.js'
import { openFeed } from './open-feed.js'
import { type StoreOpener, storeOpener } from './open-store.js'
import type { ApiKeysConfig } from './options.js'
import type { SharedChangeFeed } from './shared-feed.js'
import { Usage } from './usage.js'
import { Verifier } from './verifier.js'

/** The parts that work together over one database. */
export interface Instance {
  readonly config: ApiKeysConfig
  readonly opener: StoreOpener
  readonly cache: KeyCache | undefined
  readonly feed: ChangeFeed | undefined
  readonly breaker: Breaker
  readonly usage: Usage
  readonly verifier: Verifier
  readonly keys: Keys
  readonly lists: KeyLists
  readonly history: KeyHistory
}

/** Puts an instance together. Nothing is opened yet. */
export function assemble(config: ApiKeysConfig): Instance {
  const { clock, prefix, prefixes, deadlineMs, writeFirst, keepEventsMs, keepUsageMs, storesIps } = config
  let isOpen = false
  const wakeFeed = () => {
    // Not sooner: a feed on a file that is not there yet would make it.
    if (isOpen) feed?.wake()
  }
  const opener = storeOpener(config, () => {
    isOpen = true
    wakeFeed()
  })
  const store = opener.open
  const flights = new Flights()
  const cache = config.cache && new KeyCache(config.cache)
  const changes = new Changes(flights, cache, () => feed?.siblings() ?? [])
  const feed: SharedChangeFeed | undefined =
    cache && config.feed && openFeed(config.feed, config.source, changes.listener(cache), store)
  const breaker = new Breaker()
  const usage = new Usage({ store, clock, intervalMs: config.flushIntervalMs, storesIps })
  const lookups = new Lookups({
    store,
    flights,
    breaker,
    deadlineMs,
    mayJoin: () => cache?.isFresh ?? false,
    onAnswer: (hash, key, beganAt) => cache?.set(hash, key, beganAt)
  })
  const looking = { cache, lookups, flights, clock, prefixes, deadlineMs, onTraffic: wakeFeed }
  const verifier = new Verifier({ ...looking, usage, writeFirst, writing: new Breaker() })
  const keys = new Keys({ store, changes, clock, prefix, prefixes, storesIps })
  const lists = new KeyLists({ store, clock })
  const history = new KeyHistory({ store, clock, keepEventsMs, keepUsageMs, storesIps })
  return { config, opener, cache, feed, breaker, usage, verifier, keys, lists, history }
}
