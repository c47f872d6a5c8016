/** Every way in which keys can be stored: keystile's own databases, and clients that an app made and passed. */

import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaPg } from '@prisma/adapter-pg'
import { createApiKeys } from 'keystile'
import type { Clock } from '../../src/clock.js'
import { openDatabase } from '../../src/database/index.js'
import { parseDatabaseUrl } from '../../src/database/url.js'
import { PrismaClient as PostgresClient } from '../../src/generated/postgresql/client.js'
import { PrismaClient as SqliteClient } from '../../src/generated/sqlite/client.js'
import { migrateDatabase } from '../../src/migrate.js'
import type { Client } from '../../src/prisma-store/client.js'
import { createPrismaStore } from '../../src/prisma-store/index.js'
import { inspectClient } from '../../src/prisma-store/inspect.js'
import { parseModels } from '../../src/prisma-store/model-names.js'
import type { Store } from '../../src/store.js'
import { afterEachFile } from './after-each-file.js'
import { databases, freshPostgres, freshSqlite } from './databases.js'
import { generatedClient } from './generated-client.js'
import { connect, type Sql } from './keys.js'
import { renamedModels, renamedSchema } from './renamed-schema.js'
import { isLong } from './rounds.js'

/** Lets tests see the queries: `client.$on('query', ...)`. */
const log: { emit: 'event'; level: 'query' }[] = [{ emit: 'event', level: 'query' }]

/** The clients that an app of its own would construct, by its README. */
export const userClients = [
  {
    name: 'the SQLite client of an app',
    provider: 'sqlite',
    fresh: freshSqlite,
    make: (url: string): object => new SqliteClient({ adapter: new PrismaLibSql({ url }), log })
  },
  {
    name: 'the SQLite client of an app, with times as numbers',
    provider: 'sqlite',
    fresh: freshSqlite,
    make: (url: string): object =>
      new SqliteClient({ adapter: new PrismaLibSql({ url }, { timestampFormat: 'unixepoch-ms' }) })
  },
  {
    name: 'the PostgreSQL client of an app',
    provider: 'postgresql',
    fresh: freshPostgres,
    make: (url: string): object => new PostgresClient({ adapter: new PrismaPg({ connectionString: url }), log })
  }
]

export interface OpenStore {
  readonly store: Store
  /** Makes an owner, by SQL: not every store can. */
  newOwner(): Promise<string>
  deactivate(ownerId: string): Promise<void>
}

const closers: (() => Promise<unknown>)[] = []

afterEachFile(async () => {
  for (const close of closers.splice(0)) await close()
})

async function opened(url: string, client: Client, own: boolean, clock: Clock): Promise<OpenStore> {
  const store = createPrismaStore({ client, shape: inspectClient(client), clock, own })
  const { sql, close } = await connect(url)
  closers.push(close, () => client.$disconnect())
  return { store, ...ownersIn(sql, 'users', '') }
}

function ownersIn(sql: Sql, table: string, before: string): Pick<OpenStore, 'newOwner' | 'deactivate'> {
  let owners = 0
  const columns = ['id', 'email', 'name', 'updated_at'].map((column) => before + column)
  return {
    async newOwner() {
      const id = `owner-${++owners}`
      const insert = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (?, ?, ?, ?)`
      await sql(insert, id, `${id}@example.com`, 'Ada', '2026-01-01T00:00:00.000+00:00')
      return id
    },
    async deactivate(id) {
      await sql(`UPDATE ${table} SET ${before}is_active = FALSE WHERE ${before}id = ?`, id)
    }
  }
}

export const stores = [
  ...databases.map(({ name, fresh }) => ({
    name: `${name}, opened by keystile`,
    own: true,
    async open(clock: Clock) {
      const url = await fresh()
      const { client } = await openDatabase(parseDatabaseUrl(url, 'url'), { deadlineMs: 5_000, migrate: true })
      return opened(url, client, true, clock)
    }
  })),
  ...userClients.map(({ name, fresh, make }) => ({
    name,
    own: false,
    async open(clock: Clock) {
      const url = await fresh()
      await migrateDatabase(createApiKeys({ url }))
      return opened(url, make(url) as Client, false, clock)
    }
  })),
  // Generating a client takes seconds.
  ...(isLong ? databases : databases.slice(1)).map((database) => ({
    name: `the ${database.name} client of an app in which everything has another name`,
    own: false,
    async open(clock: Clock) {
      const { prisma, sql } = await generatedClient(database, renamedSchema)
      const client = prisma as Client
      const shape = inspectClient(client, { names: parseModels(renamedModels) })
      const store = createPrismaStore({ client, shape, clock, own: false })
      return { store, ...ownersIn(sql, 'app_users', 'c_') }
    }
  }))
]
