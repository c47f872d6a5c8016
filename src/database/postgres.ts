import type { Client as PgClient } from 'pg'
import { inspectTriggers } from '../change-feed/postgres-trigger-check.js'
import { type PostgresTrigger, postgresTriggers } from '../change-feed/postgres-triggers.js'
import { triggersSql } from '../change-feed/triggers.js'
import { ownTables } from '../change-feed/watched.js'
import { loadDriver } from '../driver.js'
import { ApiKeyError } from '../errors.js'
import type { Client } from '../prisma-store/client.js'
import { quote } from '../sql-names.js'
import { applyMigrations, type Connection, type Dialect, inspectDatabase } from './migrations.js'
import { type DatabaseView, expectedTables, type OpenedDatabase, type Preparation } from './opened.js'
import { hangingUp } from './pg-client.js'
import { explainPostgres } from './postgres-failures.js'
import type { Location } from './url.js'

type PostgresLocation = Extract<Location, { provider: 'postgresql' }>

export interface PostgresSettings {
  /** Milliseconds after which a connection attempt or a query is given up. */
  readonly deadlineMs: number
  /** Apply what is pending; otherwise a database that is behind is an error that says what to run. */
  readonly migrate: boolean
}

const packages = ['pg', '@prisma/adapter-pg']

/** The catalog, not information_schema: that hides tables on which the user has no right. */
function dialectFor(schema: string): Dialect {
  return {
    provider: 'postgresql',
    columnsQuery: (names) => `SELECT c.relname AS table_name, a.attname AS column_name
      FROM pg_namespace AS n JOIN pg_class AS c ON c.relnamespace = n.oid JOIN pg_attribute AS a ON a.attrelid = c.oid
      WHERE n.nspname = '${schema}' AND c.relname IN (${names}) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND a.attnum > 0 AND NOT a.attisdropped`,
    table: (name) => `${quote(schema)}.${quote(name)}`,
    placeholder: (position) => `$${position}`,
    now: 'now()'
  }
}

const createMigrationsTable = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
);`

/** The lock that `prisma migrate` takes: neither works while the other does. */
const prismaMigrateLock = 72_707_369

/** Opens a PostgreSQL database; its tables are only made where `migrate` says so. */
export async function openPostgres(location: PostgresLocation, settings: PostgresSettings): Promise<OpenedDatabase> {
  const { deadlineMs, migrate } = settings
  const client = await postgresClient(location, { connectMs: deadlineMs, queryMs: deadlineMs })
  let direct: PgClient | undefined
  try {
    // A migration takes as long as it takes, and waits for the one of another process.
    direct = await connectDirectly(location, { connectMs: deadlineMs, queryMs: migrate ? 0 : deadlineMs })
    return { client, ...(await prepare(direct, client, location, migrate)) }
  } catch (error) {
    throw explainPostgres(error, location.shown)
  } finally {
    // Not waited for: a server that has gone silent would never let it end.
    direct?.end().catch(() => {})
  }
}

/** Looks at a PostgreSQL database as it is. Counting a big table may take longer than a request has. */
export async function viewPostgres(location: PostgresLocation, deadlineMs: number): Promise<DatabaseView> {
  const { schema, shown } = location
  const client = await postgresClient(location, { connectMs: deadlineMs, queryMs: viewQueryMs })
  const direct = await connectDirectly(location, { connectMs: deadlineMs, queryMs: viewQueryMs }).catch((error) => {
    throw explainPostgres(error, shown)
  })
  const connection = connectionOf(direct)
  return {
    client,
    query: connection.query,
    inspect: () => inspectDatabase(connection, dialectFor(schema), expectedTables(client), shown),
    triggerFaults: (tables, at = schema) => triggerFaults(direct, at, postgresTriggers(tables)),
    async close() {
      direct.end().catch(() => {})
      await client.$disconnect()
    }
  }
}

const viewQueryMs = 30_000

/** In milliseconds; 0 is no limit. */
interface Limits {
  readonly connectMs: number
  readonly queryMs: number
}

/** Connects at its first query. */
async function postgresClient(location: PostgresLocation, { connectMs, queryMs }: Limits): Promise<Client> {
  const [pg, { PrismaPg }, { PrismaClient }] = await loadDriver('PostgreSQL', packages, () =>
    Promise.all([import('pg'), import('@prisma/adapter-pg'), import('../generated/postgresql/client.js')])
  )
  const connection = { connectionString: location.url, connectionTimeoutMillis: connectMs, query_timeout: queryMs }
  const adapter = new PrismaPg(
    { ...connection, allowExitOnIdle: true, Client: hangingUp(pg.default.Client) },
    // A connection that is lost between two queries is noticed at the next one.
    { schema: location.schema, onPoolError: () => {}, onConnectionError: () => {} }
  )
  return new PrismaClient({ adapter }) as unknown as Client
}

async function connectDirectly({ url }: PostgresLocation, { connectMs, queryMs }: Limits): Promise<PgClient> {
  const { default: pg } = await import('pg')
  const direct = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectMs, query_timeout: queryMs })
  direct.on('error', () => {})
  try {
    await direct.connect()
    return direct
  } catch (error) {
    direct.end().catch(() => {})
    throw error
  }
}

async function prepare(
  direct: PgClient,
  client: object,
  { shown, schema }: PostgresLocation,
  migrate: boolean
): Promise<Preparation> {
  const connection = connectionOf(direct)
  const dialect = dialectFor(schema)
  const inspect = () => inspectDatabase(connection, dialect, expectedTables(client), shown)
  const { pending, knowsTriggers } = await inspect()
  if (pending.length === 0) {
    const faults = migrate && knowsTriggers ? await triggerFaults(direct, schema, own) : []
    if (faults.length === 0) return { applied: [], mended: [] }
  } else if (!migrate) {
    const state = pending.length === 1 ? 'lacks a migration' : `lacks ${pending.length} migrations`
    throw new ApiKeyError('not_migrated', `The database (${shown}) ${state} of keystile. Run: npx keystile migrate`)
  }
  // Under another isolation, what is read behind the lock would be as it was before it.
  await direct.query('BEGIN ISOLATION LEVEL READ COMMITTED')
  try {
    await direct.query('SELECT pg_advisory_xact_lock($1)', [prismaMigrateLock])
    await makeSchema(direct, schema)
    await direct.query(`SET LOCAL search_path = ${quote(schema)}`)
    const { pending: stillPending } = await inspect()
    if (stillPending.length > 0) await applyMigrations(connection, dialect, stillPending, createMigrationsTable)
    const mended = knowsTriggers ? await triggerFaults(direct, schema, own) : []
    if (mended.length > 0) await direct.query(triggersSql('postgresql', ownTables))
    await direct.query('COMMIT')
    return { applied: stillPending.map(({ name }) => name), mended }
  } catch (error) {
    await direct.query('ROLLBACK').catch(() => {})
    throw error
  }
}

const own = postgresTriggers(ownTables)

async function triggerFaults(
  direct: PgClient,
  schema: string,
  wanted: readonly PostgresTrigger[]
): Promise<readonly string[]> {
  const query = async (sql: string, values: readonly unknown[]) => (await direct.query(sql, [...values])).rows
  return (await inspectTriggers(query, schema, wanted)).faults
}

/** Not IF NOT EXISTS: that asks for the right to make schemas even where this one is there. */
async function makeSchema(direct: PgClient, schema: string): Promise<void> {
  const { rowCount } = await direct.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema])
  if (rowCount === 0) await direct.query(`CREATE SCHEMA ${quote(schema)}`)
}

function connectionOf(direct: PgClient): Connection {
  return {
    query: async (sql, values = []) => (await direct.query<Record<string, unknown>>(sql, [...values])).rows,
    script: async (sql) => {
      await direct.query(sql)
    }
  }
}
