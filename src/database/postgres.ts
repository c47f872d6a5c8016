import type { Client as PgClient } from 'pg'
import { ApiKeyError } from '../errors.js'
import type { Client } from '../prisma-store/client.js'
import { applyMigrations, type Connection, type Dialect, inspectDatabase } from './migrations.js'
import { expectedTables, type OpenedDatabase } from './opened.js'
import type { Location } from './url.js'

type PostgresLocation = Extract<Location, { provider: 'postgresql' }>

export interface PostgresSettings {
  /** Milliseconds after which a connection attempt or a query is given up. */
  readonly deadlineMs: number
  /** Apply what is pending; otherwise a database that is behind is an error that says what to run. */
  readonly migrate: boolean
}

const dialect: Dialect = {
  provider: 'postgresql',
  columnsQuery: 'SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()',
  migrationsTable: '_prisma_migrations',
  placeholder: (position) => `$${position}`,
  now: 'now()'
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
  const [pg, { PrismaPg }, { PrismaClient }] = await Promise.all([
    import('pg'),
    import('@prisma/adapter-pg'),
    import('../generated/postgresql/client.js')
  ])
  const { deadlineMs } = settings
  const connection = {
    connectionString: location.url,
    connectionTimeoutMillis: deadlineMs,
    ...(location.schema !== undefined && { options: `-c search_path="${location.schema.replaceAll('"', '""')}"` })
  }
  const adapter = new PrismaPg(
    { ...connection, query_timeout: deadlineMs },
    // A connection that is lost between two queries is noticed at the next one.
    {
      ...(location.schema !== undefined && { schema: location.schema }),
      onPoolError: () => {},
      onConnectionError: () => {}
    }
  )
  const client = new PrismaClient({ adapter })
  const direct = new pg.default.Client(connection)
  direct.on('error', () => {})
  try {
    await direct.connect()
    return { client: client as unknown as Client, applied: await prepare(direct, client, location, settings.migrate) }
  } catch (error) {
    await client.$disconnect()
    throw explainOpening(error, location)
  } finally {
    await direct.end().catch(() => {})
  }
}

async function prepare(
  direct: PgClient,
  client: object,
  { shown, schema }: PostgresLocation,
  migrate: boolean
): Promise<readonly string[]> {
  const connection = connectionOf(direct)
  const inspect = async () => (await inspectDatabase(connection, dialect, expectedTables(client), shown)).pending
  const pending = await inspect()
  if (pending.length === 0) return []
  if (!migrate) {
    const state = pending.length === 1 ? 'lacks a migration' : `lacks ${pending.length} migrations`
    throw new ApiKeyError('not_migrated', `The database (${shown}) ${state} of keystile. Run: npx keystile migrate`)
  }
  await direct.query('BEGIN')
  try {
    await direct.query('SELECT pg_advisory_xact_lock($1)', [prismaMigrateLock])
    if (schema !== undefined) await makeSchema(direct, schema)
    const stillPending = await inspect()
    if (stillPending.length > 0) await applyMigrations(connection, dialect, stillPending, createMigrationsTable)
    await direct.query('COMMIT')
    return stillPending.map(({ name }) => name)
  } catch (error) {
    await direct.query('ROLLBACK').catch(() => {})
    throw error
  }
}

/** Not IF NOT EXISTS: that asks for the right to make schemas even where this one is there. */
async function makeSchema(direct: PgClient, schema: string): Promise<void> {
  const { rowCount } = await direct.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema])
  if (rowCount === 0) await direct.query(`CREATE SCHEMA "${schema.replaceAll('"', '""')}"`)
}

function connectionOf(direct: PgClient): Connection {
  return {
    query: async (sql, values = []) => (await direct.query<Record<string, unknown>>(sql, [...values])).rows,
    script: async (sql) => {
      await direct.query(sql)
    }
  }
}

function explainOpening(error: unknown, { shown }: PostgresLocation): unknown {
  if (error instanceof ApiKeyError) return error
  const code = (error as { code?: string }).code
  const unavailable = { reason: 'database_unavailable', headers: { 'Retry-After': '1' } } as const
  if (code === '28P01' || code === '28000')
    return new ApiKeyError('unavailable', `${shown}: the server refused the user or the password.`, unavailable)
  if (code === '3D000')
    return new ApiKeyError(
      'unavailable',
      `${shown}: there is no such database. Create it first: createdb.`,
      unavailable
    )
  if (code === '42501') return new ApiKeyError('not_writable', `${shown}: the user may not create tables here.`)
  if (code === '25006') return new ApiKeyError('not_writable', `${shown}: the database is read-only.`)
  return new ApiKeyError(
    'unavailable',
    `${shown}: the server can't be reached${code ? ` (${code})` : ''}.`,
    unavailable
  )
}
