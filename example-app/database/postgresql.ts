import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient } from '../generated/postgresql/client.js'
import { applyPending } from './migrate.js'

/** The lock that `prisma migrate` takes: neither works while the other does. */
const migrateLock = 72_707_369
const connectionTimeoutMillis = 5_000

export async function openPostgres(connectionString: string): Promise<PrismaClient> {
  await migrate(connectionString)
  // Without the timeouts, a server that vanishes without a word would keep the pool's connections for minutes.
  const pool = { connectionString, connectionTimeoutMillis, query_timeout: 5_000 }
  return new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' })
}

async function migrate(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis })
  client.on('error', () => {}) // What is under way fails by itself.
  await client.connect()
  try {
    await client.query('BEGIN')
    await client.query('SELECT pg_advisory_xact_lock($1)', [migrateLock])
    await applyPending({
      provider: 'postgresql',
      names: async (text) => (await client.query({ text, rowMode: 'array' })).rows.map(([name]) => String(name)),
      script: async (sql) => {
        await client.query(sql)
      }
    })
    await client.query('COMMIT')
  } finally {
    // Ends a transaction that did not get to its COMMIT, too.
    await client.end()
  }
}
