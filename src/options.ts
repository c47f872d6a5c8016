import type { ApiKey } from './api-key.js'
import { parseCatalogue, type ScopeCatalogue } from './catalogue.js'
import type { Complete, OwnerOf, OwnerSelect } from './client-types.js'
import { type Clock, steadyClock } from './clock.js'
import { type Location, parseDatabaseUrl } from './database/url.js'
import { type Duration, parseDuration } from './duration.js'
import { describe, describeWord } from './errors.js'
import type { HashPolicy } from './hash.js'
import { type HashOptions, parseHashPolicy } from './hash-options.js'
import type { KeyCacheSettings } from './key-cache.js'
import { type KeySource, sourceOf } from './key-source.js'
import type { ModelsOption } from './model-option.js'
import { type OwnerRules, parseOwnerRules } from './owner-rules.js'
import { misspelt } from './spelling.js'
import { defaultPrefix, isPrefix, maxPrefixLength } from './token.js'

/** Settings of the keys: where they live and how they are made, checked and counted. */
export interface ApiKeysOptions<Client extends object = object, Select = unknown, Models = unknown>
  extends HashOptions {
  /**
   * A database of keystile's own: `file:./keystile.db`, made and migrated at first use, or `postgresql://...`, migrated
   * by `npx keystile migrate`. Default: the environment's DATABASE_URL, else `file:./keystile.db`.
   */
  readonly url?: string
  /** The app's own Prisma client, with keystile's models in its schema. Not with `url`. */
  readonly prisma?: Client & Complete<Client, Models>
  /** What new tokens begin with, up to and with the last `_`. Default `sk_`. */
  readonly prefix?: string
  /** Prefixes that tokens were made with before; they stay valid. Default none. */
  readonly acceptPrefixes?: readonly string[]
  /** Milliseconds that the database has for an answer before a request gets 503: 100 to 60,000. Default 2,000. */
  readonly deadlineMs?: number
  /**
   * How uses are counted. `batched` writes them together and never makes a request wait; `immediate` writes each
   * before its request goes on, for platforms that freeze a process between requests. Default `batched`.
   */
  readonly usage?: 'batched' | 'immediate'
  /** Milliseconds between two writes of counts: 10 to 60,000. Default 1,000. */
  readonly flushIntervalMs?: number
  /** For how long `prune()` leaves the audit trail. Default `'400d'`. */
  readonly keepEventsFor?: Duration
  /** For how long `prune()` leaves usage by the hour. Default `'90d'`. */
  readonly keepUsageFor?: Duration
  /**
   * Whether addresses are stored: of the last use of a key, and of who changed it. Without, `allowedIps` work all the
   * same, and events on channels have them. Default true.
   */
  readonly storeIps?: boolean
  /**
   * How long keys are remembered. By default up to 10,000 keys, for as long as the database's change feed proves that
   * it has told of every change, and 60 seconds at most; without a feed not at all. `false`: every request asks the
   * database.
   */
  readonly cache?: false | CacheOptions
  /**
   * Where the change feed connects, with `prisma`: the same database, as a URL of keystile's kind, without a proxy that
   * pools transactions in between. With `url` the feed needs no setting.
   */
  readonly feedUrl?: string | undefined
  /**
   * What the schema calls keystile's models and their fields, where it is not as keystile does, with `prisma`:
   * `{ owner: 'Account', apiKey: { name: 'Token', fields: { keyHash: 'hashed' } } }`. Names of the Prisma schema, not of tables and
   * columns. `owner: false`: keys have no relation to an owner, and `req.owner` is `{ id }`, the key's `userId`.
   */
  readonly models?: Models & ModelsOption<Models>
  /**
   * The columns of the owner's row that `req.owner` has, with `prisma`: `{ email: true, plan: true }`; its id is always there.
   * Default: `id`, and where they are there `email`, `name` and `isActive`.
   */
  readonly ownerSelect?: Select & OwnerSelect<Client, Select, Models>
  /**
   * Whether an owner's keys may be used, beside `isActive`; of the selected columns, and without asking anybody. Where it
   * throws, or returns no boolean, they may not.
   */
  readonly isOwnerActive?: (owner: OwnerOf<Client, Select, Models>) => boolean
  /**
   * What an owner may do now: a key may do no more, whatever its own scopes are. Of the selected columns, and without asking
   * anybody; where it throws, or returns no scopes, the key has none.
   */
  readonly effectiveScopes?: (owner: OwnerOf<Client, Select, Models>, apiKey: ApiKey) => readonly string[]
  /** The app's scopes, as `defineScopes()` made them: what the key page offers, and what guards are compared with. */
  readonly scopes?: ScopeCatalogue
  /** The time, in milliseconds since 1970, for tests. Default: the system's, never running backwards. */
  readonly now?: () => number
}

export interface CacheOptions {
  /** Keys that are remembered at most, those in use rather than others: 1 to 8,000,000, which V8's Map can take. Default 10,000. */
  readonly maxKeys?: number
  /** Milliseconds after which a key is read again, whatever the feed says: 100 to 3,600,000. Default 60,000. */
  readonly maxAgeMs?: number
  /**
   * Milliseconds for which a key is trusted WITHOUT a feed: so long, a revocation by another process is not seen. 1 to
   * 60,000. Default: none, nothing is remembered without a feed. Where it is given, no feed is used.
   */
  readonly staleMs?: number
}

export interface ApiKeysConfig {
  readonly source: KeySource
  readonly prefix: string
  readonly prefixes: ReadonlySet<string>
  readonly policy: HashPolicy
  readonly deadlineMs: number
  readonly flushIntervalMs: number
  readonly writeFirst: boolean
  readonly keepEventsMs: number
  readonly keepUsageMs: number
  readonly storesIps: boolean
  /** undefined: nothing is remembered. */
  readonly cache: KeyCacheSettings | undefined
  /** Where the feed connects; undefined: no feed. */
  readonly feed: Location | undefined
  readonly rules: OwnerRules
  /** undefined: the app did not say which scopes it has. */
  readonly scopes: ScopeCatalogue | undefined
  readonly clock: Clock
}

const known = [
  'url',
  'prisma',
  'prefix',
  'acceptPrefixes',
  'hash',
  'acceptHmac',
  'deadlineMs',
  'usage',
  'flushIntervalMs',
  'keepEventsFor',
  'keepUsageFor',
  'storeIps',
  'cache',
  'models',
  'feedUrl',
  'ownerSelect',
  'isOwnerActive',
  'effectiveScopes',
  'scopes',
  'now'
]

/**
 * Turns loose options into a complete configuration, once.
 * @throws TypeError on anything that is not understood, with what was expected
 */
export function parseApiKeysOptions(options: unknown, env: NodeJS.ProcessEnv = process.env): ApiKeysConfig {
  const given = asOptions('createApiKeys', options, known) as ApiKeysOptions
  const {
    prefix = defaultPrefix,
    acceptPrefixes = [],
    now,
    usage = 'batched',
    deadlineMs = 2_000,
    flushIntervalMs = 1_000,
    keepEventsFor = '400d',
    keepUsageFor = '90d',
    storeIps = true
  } = given
  requirePrefix('prefix', prefix)
  if (!Array.isArray(acceptPrefixes))
    throw new TypeError(`acceptPrefixes must be an array of prefixes, not ${describe(acceptPrefixes)}.`)
  for (const earlier of acceptPrefixes) requirePrefix('acceptPrefixes', earlier)
  if (usage !== 'batched' && usage !== 'immediate')
    throw new TypeError(`usage must be 'batched' or 'immediate', not ${describeWord(usage)}.`)
  if (typeof storeIps !== 'boolean')
    throw new TypeError(`storeIps must be true or false, not ${describeWord(storeIps)}.`)
  if (given.now !== undefined && typeof given.now !== 'function')
    throw new TypeError(`now must be a function, not ${describe(given.now)}.`)
  const source = sourceOf(given, env)
  return {
    source,
    ...rememberingOf(given, source),
    prefix,
    prefixes: new Set([prefix, ...acceptPrefixes]),
    policy: parseHashPolicy(given, prefix),
    deadlineMs: milliseconds('deadlineMs', deadlineMs, 100),
    flushIntervalMs: milliseconds('flushIntervalMs', flushIntervalMs, 10),
    writeFirst: usage === 'immediate',
    keepEventsMs: duration('keepEventsFor', keepEventsFor),
    keepUsageMs: duration('keepUsageFor', keepUsageFor),
    storesIps: storeIps,
    rules: parseOwnerRules(given),
    scopes: given.scopes === undefined ? undefined : parseCatalogue('scopes', given.scopes),
    // Its owner knows of no moments.
    clock: now === undefined ? steadyClock() : () => now()
  }
}

/** What is remembered, and who tells of changes. */
function rememberingOf(
  { cache, feedUrl }: ApiKeysOptions,
  source: ApiKeysConfig['source']
): Pick<ApiKeysConfig, 'cache' | 'feed'> {
  if (feedUrl !== undefined && source.kind === 'url')
    throw new TypeError('feedUrl goes with prisma: with url, the feed connects there.')
  const feed =
    source.kind === 'url' ? source.location : feedUrl === undefined ? undefined : parseDatabaseUrl(feedUrl, 'feedUrl')
  if (source.kind === 'prisma' && feed && feed.provider !== source.shape.provider)
    throw new TypeError(
      `feedUrl names a ${feed.provider} database, and the Prisma client is for ${source.shape.provider}.`
    )
  if (cache === false) return { cache: undefined, feed: undefined }
  const {
    maxKeys = 10_000,
    maxAgeMs = 60_000,
    staleMs
  } = asOptions('cache', cache, ['maxKeys', 'maxAgeMs', 'staleMs']) as CacheOptions
  whole('cache.maxKeys', maxKeys, 1, 8_000_000)
  whole('cache.maxAgeMs', maxAgeMs, 100, 3_600_000)
  if (staleMs !== undefined) whole('cache.staleMs', staleMs, 1, 60_000)
  if (staleMs === undefined && !feed) return { cache: undefined, feed: undefined }
  return { cache: { maxKeys, maxAgeMs, staleMs }, feed: staleMs === undefined && feed ? feed : undefined }
}

/** Checks that options are an object of known names. */
export function asOptions(where: string, options: unknown, names: readonly string[]): object {
  if (options === undefined) return {}
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${where}() takes an object of options, not ${describe(options)}.`)
  }
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined) throw new TypeError(`${where}() knows no option ${misspelt(unknown, names)}`)
  return { ...options }
}

function requirePrefix(option: string, value: unknown): void {
  if (isPrefix(value)) return
  throw new TypeError(
    `${option}: a prefix is letters and digits that end in _, such as "sk_" or "sk_test_", at most ${maxPrefixLength} characters, not ` +
      `${describeWord(value)}. Otherwise a token could not be taken apart again.`
  )
}

function whole(option: string, value: unknown, least: number, most: number): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return
  throw new TypeError(`${option} must be a whole number from ${least} to ${most}, not ${describeWord(value)}.`)
}

function duration(option: string, value: unknown): number {
  const ms = parseDuration(value)
  if (ms !== undefined && ms > 0) return ms
  throw new TypeError(`${option} must be a duration such as '90d', not ${describeWord(value)}.`)
}

function milliseconds(option: string, value: unknown, least: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= 60_000) return value
  throw new TypeError(
    `${option} must be a whole number of milliseconds from ${least} to 60000, not ${describeWord(value)}.`
  )
}
