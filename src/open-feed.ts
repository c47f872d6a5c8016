import { measureFeed } from './change-feed/measure.js'
import { openPostgresFeed, postgresSource } from './change-feed/postgres.js'
import { openSqliteFeed, sqliteSource } from './change-feed/sqlite.js'
import { ownTables } from './change-feed/watched.js'
import type { FeedListener, WatchedTables } from './change-feed.js'
import type { Location } from './database/url.js'
import type { ApiKeysConfig } from './options.js'
import { schemaOfKeys, watchedTables } from './prisma-store/watched-tables.js'
import { joinFeed, type SharedChangeFeed } from './shared-feed.js'
import type { Provider } from './sql-names.js'
import type { Store } from './store.js'

/** The feed of an instance, which it shares with others on the same database; nothing is opened before it is woken. */
export function openFeed(
  location: Location,
  source: ApiKeysConfig['source'],
  listener: FeedListener,
  store: () => Promise<Store>
): SharedChangeFeed {
  const prove = async (nonce: string) => (await store()).announce(nonce)
  const settings = settingsFor(source, location)
  return joinFeed(databaseOf(location, source), { listener, prove }, (member) =>
    location.provider === 'sqlite'
      ? openSqliteFeed({ ...settings, ...member, path: location.path })
      : openPostgresFeed({ ...settings, ...member, connectionString: location.url })
  )
}

/**
 * Opens the feed of an instance for as long as it takes to hear of some changes, for who wants to know whether it works.
 * @returns how many milliseconds a change takes to be heard
 * @throws an error with the `code` and message of a FeedFailure, or any other where the database can't be reached
 */
export function tryFeed(
  location: Location,
  source: ApiKeysConfig['source'],
  announce: (nonce: string) => Promise<void>
): Promise<number> {
  const settings = settingsFor(source, location)
  return measureFeed(
    location.provider === 'sqlite'
      ? sqliteSource({ ...settings, path: location.path })
      : postgresSource({ ...settings, connectionString: location.url }),
    announce
  )
}

/** A database as far as it names where tables are. */
interface Place {
  readonly provider: Provider
  /** Of PostgreSQL; a client of the app's own says itself which. */
  readonly schema?: string
}

/** What the triggers of an instance watch. */
export function watchedBy(
  { provider, schema }: Place,
  source: ApiKeysConfig['source']
): { readonly tables: WatchedTables; readonly schema?: string } {
  const tables = source.kind === 'prisma' ? watchedTables(source.shape) : ownTables
  if (provider === 'sqlite') return { tables }
  // A client's adapter may say another schema than the feed's URL does.
  const where = (source.kind === 'prisma' ? schemaOfKeys(source.shape) : undefined) ?? schema
  return where === undefined ? { tables } : { tables, schema: where }
}

const settingsFor = (source: ApiKeysConfig['source'], location: Location) => ({
  ...watchedBy(location, source),
  ...(source.kind === 'prisma' && { howToMend: mendByYourself })
})

const numbers = new WeakMap<object, number>()
let clients = 0

/** The same text for the same database, read by the same client: that a feed hears one client says nothing of another. */
function databaseOf(location: Location, source: ApiKeysConfig['source']): string {
  const place = location.provider === 'sqlite' ? location.path : `${location.url} ${location.schema}`
  if (source.kind === 'url') return place
  const number = numbers.get(source.client) ?? ++clients
  numbers.set(source.client, number)
  return `${number} ${place}`
}

const mendByYourself = 'Add them to a migration of your own: npx keystile triggers prints them.'
