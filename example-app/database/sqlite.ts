import { closeSync, existsSync, openSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, createClient } from '@libsql/client'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaClient } from '../generated/sqlite/client.js'
import { applyPending } from './migrate.js'

/** SQLite waits for a lock in the thread that all requests share: hardly at all, then. */
const timeout = 10
const patienceMs = 10_000

export async function openSqlite({
  path,
  url
}: {
  readonly path: string
  readonly url: string
}): Promise<PrismaClient> {
  // Password hashes and sessions are in it: for this user alone. SQLite gives its -wal and -shm the same mode.
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
  await patiently(() => migrate(url))
  return new PrismaClient({ adapter: new PrismaLibSql({ url, timeout }), errorFormat: 'minimal' })
}

async function migrate(url: string): Promise<void> {
  const client = createClient({ url, timeout })
  try {
    // Readers go on while one process writes only in WAL mode; the mode stays with the file.
    await client.execute('PRAGMA journal_mode = WAL')
    // Prisma changes a table by making it anew: with foreign keys on, dropping the old one would delete what refers to it.
    await client.execute('PRAGMA foreign_keys = OFF')
    await inTransaction(client)
  } finally {
    client.close()
  }
}

async function inTransaction(client: Client): Promise<void> {
  const transaction = await client.transaction('write')
  try {
    await applyPending({
      provider: 'sqlite',
      names: async (sql) => (await transaction.execute(sql)).rows.map((row) => String(row[0])),
      script: (sql) => transaction.executeMultiple(sql)
    })
    await transaction.commit()
  } finally {
    transaction.close()
  }
}

/** Another process may be migrating. What met its lock is done again as a whole, on a new connection. */
async function patiently(work: () => Promise<void>): Promise<void> {
  const giveUpAt = performance.now() + patienceMs
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!String((error as { code?: string }).code).startsWith('SQLITE_BUSY') || performance.now() > giveUpAt)
        throw error
    }
    await sleep(20 + Math.random() * 60)
  }
}
