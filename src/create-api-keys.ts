import { setTimeout as sleep } from 'node:timers/promises'
import type { Authenticated, Owner } from './api-key.js'
import { Breaker } from './breaker.js'
import type { ChangeFeed } from './change-feed.js'
import { Changes } from './changes.js'
import { publishDenied } from './events.js'
import { Flights } from './flights.js'
import { type Health, healthOf } from './health.js'
import { storableIp } from './ip.js'
import { KeyCache } from './key-cache.js'
import { check, ownFields, parseEmail, parseName } from './key-input.js'
import { Keys } from './keys.js'
import { Lookups } from './lookups.js'
import { openFeed } from './open-feed.js'
import { type StoreOpener, storeOpener } from './open-store.js'
import { type ApiKeysConfig, type ApiKeysOptions, parseApiKeysOptions } from './options.js'
import { defaultStyle, refusal } from './refusals.js'
import { Usage } from './usage.js'
import { Verifier } from './verifier.js'

/** Everything that can be done with keys, over one database. */
export interface ApiKeys
  extends Pick<
    Keys,
    'create' | 'get' | 'list' | 'update' | 'rotate' | 'revoke' | 'revokeToken' | 'revokeOwner' | 'delete' | 'prune'
  > {
  /**
   * Verifies a token outside Express: a WebSocket's upgrade, a queue, another framework. Counts as a use.
   * @throws ApiKeyError `invalid_token`, or `unavailable` where the database can't answer
   */
  verify(token: string, options?: { readonly ip?: string }): Promise<Authenticated>
  /**
   * Asks the database now instead of at the first request, so that a wrong setting shows when the app starts. Later it
   * finds out whether a database that was down is back, where no requests do.
   * @throws ApiKeyError `unavailable`, `not_migrated`, `incompatible_database` or `not_writable`
   */
  ready(): Promise<void>
  /**
   * The owner with this email, or null.
   * @throws ApiKeyError `invalid_argument` where the app's own owner model has no field email
   */
  findOwner(email: string): Promise<Owner | null>
  /**
   * The owner with this email, made where there is none. Only where keystile has owners of its own: with a Prisma client
   * of the app's, owners are the app's.
   */
  ensureOwner(input: {
    readonly email: string
    readonly name?: string
  }): Promise<{ readonly owner: Owner; readonly created: boolean }>
  /** How the instance does, without asking the database: for a readiness probe. */
  health(): Health
  /**
   * Refuses new requests with 503, lets those under way finish, writes all counts, closes what keystile opened.
   * @returns how many uses could not be written in time (`timeoutMs`, 5,000 by default)
   */
  close(options?: { readonly timeoutMs?: number }): Promise<{ readonly unwritten: number }>
}

/** What the middleware and the CLI need of an instance, and an app does not see. */
interface Internals {
  readonly verifier: Verifier
  readonly config: ApiKeysConfig
}

const internals = new WeakMap<object, Internals>()

/** @throws TypeError where the value was not made by createApiKeys */
export function internalsOf(keys: unknown): Internals {
  const found = typeof keys === 'object' && keys !== null ? internals.get(keys) : undefined
  if (!found) throw new TypeError('keys must be what createApiKeys() returned.')
  return found
}

let shared: ApiKeys | undefined

/**
 * Keys in a database of keystile's own (`url`), or in the app's (`prisma`). Without options it is the default instance,
 * one for the process, which `apiKeyAuth()` uses too. Nothing is opened before it is needed.
 * @throws TypeError on options that are not understood
 */
export function createApiKeys(options?: ApiKeysOptions): ApiKeys {
  if (options !== undefined) return makeApiKeys(parseApiKeysOptions(options))
  shared ??= makeApiKeys(parseApiKeysOptions(undefined), () => {
    shared = undefined
  })
  return shared
}

function makeApiKeys(config: ApiKeysConfig, onClose = () => {}): ApiKeys {
  const { clock, prefix, prefixes, deadlineMs } = config
  let wakeFeed = () => {}
  const opener = storeOpener(config, () => {
    // Not sooner: a feed on a file that is not there yet would make it.
    if (feed) wakeFeed = () => feed.wake()
    wakeFeed()
  })
  const open = opener.open
  const flights = new Flights()
  const cache = config.cache && new KeyCache(config.cache)
  const changes = new Changes(flights, cache)
  const feed = cache && config.feed && openFeed(config.feed, config.source, changes.listener(cache), open)
  const breaker = new Breaker()
  const lookups = new Lookups({
    store: open,
    flights,
    breaker,
    deadlineMs,
    mayJoin: () => cache?.isFresh ?? false,
    onAnswer: (hash, key, beganAt) => cache?.set(hash, key, beganAt)
  })
  const usage = new Usage({ store: open, clock, intervalMs: config.flushIntervalMs })
  const verifier = new Verifier({
    cache,
    lookups,
    flights,
    usage,
    clock,
    prefixes,
    deadlineMs,
    writeFirst: config.writeFirst,
    writing: new Breaker(),
    onTraffic: () => wakeFeed()
  })
  const keys = new Keys({ store: open, changes, clock, prefix, prefixes })
  let closing: Promise<{ unwritten: number }> | undefined

  const apiKeys: ApiKeys = {
    create: (input) => keys.create(input),
    get: (id) => keys.get(id),
    list: (input) => keys.list(input),
    update: (id, input) => keys.update(id, input),
    rotate: (id, input) => keys.rotate(id, input),
    revoke: (id, input) => keys.revoke(id, input),
    revokeToken: (token, input) => keys.revokeToken(token, input),
    revokeOwner: (ownerId, input) => keys.revokeOwner(ownerId, input),
    delete: (id) => keys.delete(id),
    prune: (input) => keys.prune(input),

    verify: async (token, options = {}) => {
      const ip = storableIp(options.ip)
      return verifier.verify(typeof token === 'string' ? token : '', ip, (verdict) => {
        if (verdict.accepted) return { apiKey: verdict.found.apiKey, owner: verdict.found.owner as Owner }
        const { reason, found, cause } = verdict
        const err = refusal(reason, defaultStyle, { cause })
        publishDenied({ reason, status: err.status }, found?.apiKey, ip)
        throw err
      })
    },

    async ready() {
      // A question that has no answer: with a client of the app's own, it is the first that the database is asked.
      await (await open()).findByHashes(['0'.repeat(64)])
      breaker.answered()
    },

    async ensureOwner(input) {
      const { email, name = null } = ownFields('ensureOwner', input, ['email', 'name'])
      return (await open()).ensureOwner({ email: parseEmail(email), name: name === null ? null : parseName(name) })
    },

    async findOwner(email) {
      return (await (await open()).findOwner(parseEmail(email))) ?? null
    },

    health: () => healthOf(cache, breaker, usage),

    async close({ timeoutMs = 5_000 } = {}) {
      const sound = typeof timeoutMs === 'number' && timeoutMs >= 0 && timeoutMs <= maxTimeoutMs
      check('timeoutMs', sound, `timeoutMs must be a number of milliseconds from 0 to ${maxTimeoutMs}.`)
      if (!closing) {
        onClose()
        closing = closeAll({ verifier, usage, feed, opener, timeoutMs })
      }
      return closing
    }
  }
  internals.set(apiKeys, { verifier, config })
  return Object.freeze(apiKeys)
}

const retryMs = 100
const maxTimeoutMs = 3_600_000

interface Closing {
  readonly verifier: Verifier
  readonly usage: Usage
  readonly feed: ChangeFeed | undefined
  readonly opener: StoreOpener
  readonly timeoutMs: number
}

async function closeAll({ verifier, usage, feed, opener, timeoutMs }: Closing): Promise<{ unwritten: number }> {
  const giveUpAt = performance.now() + timeoutMs
  // The timer keeps the process alive: what is waited for may not, and a process that ends here loses its counts.
  const inTime = async (work: Promise<unknown>) => {
    const done = new AbortController()
    const patience = sleep(Math.max(0, giveUpAt - performance.now()), undefined, { signal: done.signal })
    await Promise.race([work, patience]).catch(() => {})
    done.abort()
    patience.catch(() => {})
  }
  await inTime(verifier.close())
  usage.stop()
  while (usage.unwritten > 0 && performance.now() < giveUpAt) {
    await inTime(usage.flush())
    if (usage.unwritten > 0) await inTime(sleep(retryMs))
  }
  await inTime(Promise.resolve(feed?.close()))
  await inTime(opener.close())
  return { unwritten: usage.unwritten }
}
