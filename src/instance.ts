import { Breaker } from './breaker.js'
import type { ChangeFeed } from './change-feed.js'
import { Changes } from './changes.js'
import { Flights } from './flights.js'
import { KeyCache } from './key-cache.js'
import { Finder } from './key-finder.js'
import { KeyHistory } from './key-history.js'
import { KeyImport } from './key-import.js'
import { KeyLists } from './key-lists.js'
import { Keys } from './keys.js'
import { Lookups } from './lookups.js'
import { openFeed } from './open-feed.js'
import { type StoreOpener, storeOpener } from './open-store.js'
import type { ApiKeysConfig } from './options.js'
import { Refresher } from './refresher.js'
import type { SharedChangeFeed } from './shared-feed.js'
import { SlowHashes } from './slow-hashes.js'
import { TokenForms } from './token-forms.js'
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
  readonly refresher: Refresher | undefined
  readonly verifier: Verifier
  readonly keys: Keys
  readonly imports: KeyImport
  readonly lists: KeyLists
  readonly history: KeyHistory
}

/** Puts an instance together. Nothing is opened yet. */
export function assemble(config: ApiKeysConfig): Instance {
  const { clock, prefix, prefixes, policy, deadlineMs, writeFirst, keepEventsMs, keepUsageMs, storesIps } = config
  let isOpen = false
  const wakeFeed = () => {
    // Not sooner: a feed on a file that is not there yet would make it.
    if (isOpen) feed?.wake()
  }
  const opener = storeOpener(config, () => {
    isOpen = true
    wakeFeed()
    // Before the first foreign token comes.
    void forms.load()
  })
  const store = opener.open
  const flights = new Flights()
  const cache = config.cache && new KeyCache(config.cache, (key) => refresher?.add(key))
  const breaker = new Breaker()
  const isTold = () => cache?.isFresh ?? false
  // What is stale by permission is told by nobody.
  const isToldOfImports = () => config.feed !== undefined && isTold()
  const forms = new TokenForms({
    ...{ store, breaker, deadlineMs },
    isTold: isToldOfImports,
    // What is remembered is not asked for its form again.
    onGone: () => cache?.clear(),
    isThere: () => isOpen || opener.isThere()
  })
  const changes = new Changes(flights, cache, forms, () => feed?.siblings() ?? [])
  const feed: SharedChangeFeed | undefined =
    cache && config.feed && openFeed(config.feed, config.source, changes.listener(cache), store)
  const usage = new Usage({ store, clock, intervalMs: config.flushIntervalMs, storesIps })
  const lookups = new Lookups({ store, flights, breaker, deadlineMs, mayJoin: isTold })
  const refresher: Refresher | undefined = cache && new Refresher({ cache, lookups, deadlineMs })
  const finder = new Finder({
    ...{ store, cache, lookups, flights, forms, policy, prefixes },
    slowHashes: new SlowHashes()
  })
  const looking = { cache, finder, flights, clock, prefixes, deadlineMs, onTraffic: wakeFeed }
  const verifier = new Verifier({
    ...{ ...looking, usage, writeFirst, writing: new Breaker() },
    onNotReplaced: (key) => refresher?.leave(key)
  })
  const keys = new Keys({ store, changes, clock, prefix, policy, storesIps })
  const imports = new KeyImport({ store, view: opener.view, changes, clock, policy, storesIps })
  const lists = new KeyLists({ store, clock })
  const history = new KeyHistory({ store, clock, keepEventsMs, keepUsageMs, storesIps })
  return { config, opener, cache, feed, breaker, usage, refresher, verifier, keys, imports, lists, history }
}
