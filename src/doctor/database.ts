import { existsSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { viewDatabase } from '../database/index.js'
import { type Location, parseDatabaseUrl } from '../database/url.js'
import { ApiKeyError, messageOf } from '../errors.js'
import type { ApiKeysConfig } from '../options.js'
import type { Client } from '../prisma-store/client.js'
import { createPrismaStore } from '../prisma-store/index.js'
import { inspectClient } from '../prisma-store/inspect.js'
import { missingInDatabase } from '../prisma-store/missing.js'
import { type Finding, fail, ok, roundedMs, shownMs, skipped, warn, within } from './check.js'
import type { OpenDatabase, Patient } from './patient.js'

/** From here on, each request of a key that is not remembered takes noticeably longer. */
const slowMs = 100
const reachMs = 10_000

async function openDatabase({ source, clock, rules, deadlineMs }: ApiKeysConfig): Promise<OpenDatabase> {
  if (source.kind === 'prisma') {
    const client = source.client as Client
    const store = createPrismaStore({ client, shape: source.shape, clock, own: false, rules })
    const query = (sql: string) => client.$queryRawUnsafe(sql)
    const { provider } = source.shape
    return { provider, client, store, view: undefined, query, close: async () => {} }
  }
  const view = await viewDatabase(source.location, deadlineMs)
  const { client, query, close } = view
  const store = createPrismaStore({ client, shape: inspectClient(client), clock, own: true, rules })
  return { provider: source.location.provider, client, store, view, query, close }
}

export async function checkDatabase(patient: Patient, config: ApiKeysConfig): Promise<Finding> {
  const missing = missingFile(config)
  if (missing) return notAsked(missing, patient)
  try {
    const database = await within(reachMs, async () => {
      const opened = await openDatabase(config)
      patient.database = opened
      await opened.query('SELECT 1')
      return opened
    })
    const answersInMs = await fastest(() => database.query('SELECT 1'))
    const details = { database: patient.shown, provider: database.provider, answersInMs: roundedMs(answersInMs) }
    const message = `${patient.shown}: answers in ${shownMs(answersInMs)}.`
    if (answersInMs <= slowMs) return ok(message, details)
    const remedy = 'Run the app near its database: each key that is not remembered pays this way.'
    return warn(message, remedy, details)
  } catch (error) {
    await patient.database?.close().catch(() => {})
    delete patient.database
    return unreachable(error, patient, config)
  }
}

/** A file that the settings name for a client of the app's own, and that is not there: the client does not say itself where it reads. */
function missingFile({ source, feed }: ApiKeysConfig): { readonly path: string; readonly namedBy: string } | undefined {
  if (source.kind === 'url' || source.shape.provider !== 'sqlite') return undefined
  const [location, namedBy] = feed ? [feed, 'feedUrl'] : [locationFrom(process.env['DATABASE_URL']), 'DATABASE_URL']
  if (location?.provider !== 'sqlite' || existsSync(location.path)) return undefined
  return { path: location.path, namedBy }
}

function locationFrom(url: string | undefined): Location | undefined {
  try {
    return parseDatabaseUrl(url, 'DATABASE_URL')
  } catch {
    return undefined
  }
}

function notAsked({ path, namedBy }: { readonly path: string; readonly namedBy: string }, { shown }: Patient): Finding {
  const message = `${shown}: there is no file ${path}, which ${namedBy} names. The client was not asked: that would make the file.`
  const remedy = `Let ${namedBy} name the file that your Prisma client reads. Where that is still to be made: npx prisma migrate deploy (in development: npx prisma migrate dev)`
  return fail(message, remedy, { database: shown, code: 'not_migrated' })
}

function unreachable(error: unknown, { shown }: Patient, { source }: ApiKeysConfig): Finding {
  const details = { database: shown, code: error instanceof ApiKeyError ? error.code : 'unavailable' }
  if (error instanceof ApiKeyError) {
    return error.code === 'not_migrated'
      ? fail(error.message, 'Run: npx keystile migrate (or start the app, which makes it)', details)
      : fail(error.message, remedies[error.code] ?? remedies.unavailable, details)
  }
  // What a client of the app's own throws quotes code, and a driver's words are in its last line.
  const reason = source.kind === 'prisma' ? lastLineOf(error) : messageOf(error)
  return fail(`${shown}: the database can't be asked (${reason}).`, remedies.unavailable, details)
}

const remedies: Readonly<Record<string, string>> & { readonly unavailable: string } = {
  unavailable:
    'See that the database runs and can be reached from here, and that host, port, user and password are right.',
  not_writable: 'Give the user of this process the right to read and write it and its folder.',
  misconfigured: 'Install the packages that are named.',
  incompatible_database: 'Name another file, or restore this one from a backup.'
}

const lastLineOf = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).trim().split('\n').at(-1)?.trim() ?? ''

async function fastest(ask: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 3; i++) {
    const startedAt = performance.now()
    await ask()
    best = Math.min(best, performance.now() - startedAt)
  }
  return best
}

export async function checkMigrations(
  patient: Patient,
  database: OpenDatabase,
  config: ApiKeysConfig
): Promise<Finding> {
  const { source } = config
  if (source.kind === 'prisma') {
    const missing = await missingInDatabase(database.client, source.shape)
    patient.hasTables = missing.length === 0
    if (missing.length === 0) return ok('The database has what the Prisma schema says.')
    const remedy = 'Run: npx prisma migrate deploy (in development: npx prisma migrate dev)'
    return fail(`The database lacks ${missing.join('; ')}.`, remedy, { missing })
  }
  return database.view ? inspected(patient, database.view, database.provider) : skipped('Nothing to compare with.')
}

async function inspected(
  patient: Patient,
  view: NonNullable<OpenDatabase['view']>,
  provider: OpenDatabase['provider']
): Promise<Finding> {
  try {
    const { pending, knowsTriggers } = await view.inspect()
    const names = pending.map(({ name }) => name)
    patient.hasTables = names.length === 0
    if (names.length > 0) {
      const message = `The database lacks ${names.length === 1 ? 'a migration' : `${names.length} migrations`} of keystile: ${names.join(', ')}.`
      return provider === 'sqlite'
        ? warn(message, 'The app applies them when it starts; to do it now, run: npx keystile migrate', {
            pending: names
          })
        : fail(message, 'Run: npx keystile migrate', { pending: names })
    }
    if (knowsTriggers) return ok('The database is up to date.', { pending: [] })
    return warn('A newer keystile migrated the database; this one can read it.', 'Upgrade keystile here too.', {
      pending: []
    })
  } catch (error) {
    if (!(error instanceof ApiKeyError) || error.code !== 'incompatible_database') throw error
    const remedy = /newer keystile/.test(error.message)
      ? 'Run: npm i keystile@latest'
      : 'Give keystile a database or a schema (?schema=keystile) of its own, or, where it is your own Prisma database, write keystile.config.ts (default export: your createApiKeys({ prisma })).'
    return fail(error.message, remedy, { code: error.code })
  }
}

export async function checkServer({ provider, query }: OpenDatabase): Promise<Finding> {
  if (provider === 'sqlite') return skipped('SQLite has no standby.')
  const [row] = await query(
    "SELECT pg_catalog.pg_is_in_recovery() AS standby, pg_catalog.current_setting('transaction_read_only') AS read_only"
  )
  const remedy = 'Connect to the primary: a standby is behind, and a key that was revoked would be let in.'
  if (row?.['standby'] === true) return fail('This server is a standby.', remedy, { standby: true })
  if (row?.['read_only'] === 'on')
    return fail(
      'The database takes no writes (default_transaction_read_only).',
      'Switch that off for the user of the app.',
      {
        standby: false
      }
    )
  return ok('The server is a primary and takes writes.', { standby: false })
}
