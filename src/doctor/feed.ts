import { failureOf } from '../change-feed/failure.js'
import type { FeedFailure } from '../change-feed.js'
import { viewDatabase } from '../database/index.js'
import type { DatabaseView } from '../database/opened.js'
import type { Location } from '../database/url.js'
import { messageOf } from '../errors.js'
import { tryFeed, watchedBy } from '../open-feed.js'
import type { ApiKeysConfig } from '../options.js'
import { type Finding, fail, ok, roundedMs, shownMs, skipped, warn } from './check.js'
import type { OpenDatabase, Patient } from './patient.js'

/** A feed that takes longer works, and is held up by something. */
const slowMs = 500

/** How the triggers get there, in a database of keystile's own and in one that the app migrates. */
const howToMend: Readonly<Record<ApiKeysConfig['source']['kind'], string>> = {
  url: 'Run: npx keystile migrate',
  prisma:
    'Make an empty migration (npx prisma migrate dev --create-only), run npx keystile triggers --append, then npx prisma migrate dev'
}

const noFeedUrl = 'The Prisma client is your own, and no feedUrl says where a change feed could connect.'

/** Where the triggers are, also where nothing is remembered: other processes may rely on them. */
const placeOf = ({ source, feed }: ApiKeysConfig): Location | undefined =>
  source.kind === 'url' ? source.location : feed

export async function checkTriggers(patient: Patient, database: OpenDatabase, config: ApiKeysConfig): Promise<Finding> {
  const { source } = config
  const place = placeOf(config)
  if (!place) return skipped(noFeedUrl, 'Give createApiKeys() a feedUrl to have keys remembered.')
  try {
    const faults = await viewed(config, database, place, (view) => {
      const { tables, schema } = watchedBy(place, source)
      return view.triggerFaults(tables, schema)
    })
    patient.hasTriggers = faults.length === 0
    if (faults.length === 0) return ok('The triggers of the change feed are there and enabled.', { faults })
    // Without a feed nothing relies on them here.
    const judge = config.feed ? fail : warn
    return judge(`The database does not tell of changes: ${faults.join('; ')}.`, howToMend[source.kind], { faults })
  } catch (error) {
    if (source.kind === 'url') throw error
    const remedy =
      'Let feedUrl name the database that the Prisma client reads, and see that it can be reached from here.'
    return fail(`feedUrl: ${messageOf(error)}`, remedy, { faults: [] })
  }
}

async function viewed<T>(
  { source, deadlineMs }: ApiKeysConfig,
  { view }: OpenDatabase,
  place: Location,
  work: (view: DatabaseView) => Promise<T>
): Promise<T> {
  if (view && source.kind === 'url') return work(view)
  const other = await viewDatabase(place, deadlineMs)
  try {
    return await work(other)
  } finally {
    await other.close()
  }
}

export async function checkFeed(patient: Patient, database: OpenDatabase, config: ApiKeysConfig): Promise<Finding> {
  const { feed, source } = config
  if (!feed)
    return skipped(
      source.kind === 'prisma' ? `${noFeedUrl} Or the cache is off.` : 'The cache is off: no feed is used.'
    )
  if (!patient.hasTriggers) return skipped('Without its triggers the change feed has nothing to tell.')
  try {
    const latencyMs = await tryFeed(feed, source, (nonce) => database.store.announce(nonce))
    const details = { latencyMs: roundedMs(latencyMs) }
    const looks = feed.provider === 'sqlite' ? '; an app looks every 100 ms' : ''
    const message = `A change is heard ${shownMs(latencyMs)} after it was written${looks}.`
    if (latencyMs <= slowMs) return ok(message, details)
    return warn(message, 'Look for load on the database, or for a long way to it.', details)
  } catch (error) {
    return deaf(error, feed, database, config)
  }
}

async function deaf(error: unknown, feed: Location, database: OpenDatabase, config: ApiKeysConfig): Promise<Finding> {
  const { code: known } = failureOf(error)
  if (known === 'wrong_database' && (await isSameServer(feed, database, config)))
    return fail(
      'The change feed reaches the same database and hears nothing: a pooler in transaction mode (such as PgBouncer) is in between.',
      `Let ${config.source.kind === 'url' ? 'DATABASE_URL' : 'feedUrl'} lead to PostgreSQL itself, or to the pooler in session mode.`,
      { code: known, pooler: true }
    )
  return fail(messageOf(error), remedyFor(known, config.source.kind), { code: known, pooler: false })
}

/** What to do where a feed can't be opened, in a database of keystile's own or in one that the app migrates. */
export function remedyFor(code: FeedFailure['code'], kind: ApiKeysConfig['source']['kind']): string {
  if (code === 'triggers_missing') return howToMend[kind]
  if (code === 'not_wal' && kind === 'prisma') return 'Run once, on that file: PRAGMA journal_mode = WAL'
  return remedies[code]
}

const remedies: Readonly<Record<Exclude<FeedFailure['code'], 'triggers_missing'>, string>> = {
  unreachable: 'See that the URL of the feed leads to the database, from this machine too.',
  wrong_database: 'Let feedUrl name the database that the Prisma client reads.',
  not_primary: 'Let the feed connect to the primary.',
  not_wal: 'Run: npx keystile migrate, which sets WAL mode.',
  driver_missing: 'Install the packages that are named.'
}

const identity = `SELECT concat_ws(' ', extract(epoch FROM pg_catalog.pg_postmaster_start_time()), d.oid) AS identity
  FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()`

async function isSameServer(feed: Location, database: OpenDatabase, config: ApiKeysConfig): Promise<boolean> {
  if (feed.provider === 'sqlite') return false
  const [here] = await database.query(identity)
  const [there] = await viewed(config, database, feed, (view) => view.query(identity))
  return here?.['identity'] !== undefined && here['identity'] === there?.['identity']
}
