import { closeSync, existsSync, openSync } from 'node:fs'
import { type Config, createClient } from '@libsql/client'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaClient } from '../generated/sqlite/client.js'
import { applyPending } from './migrate.js'
import { patient } from './patient.js'

/** SQLite waits for a lock in the thread that all requests share: hardly at all, then. */
const timeout = 10

class PatientLibSql extends PrismaLibSql {
  override createClient(config: Config) {
    return patient(super.createClient(config))
  }
}

export async function openSqlite({
  path,
  url
}: {
  readonly path: string
  readonly url: string
}): Promise<PrismaClient> {
  // Password hashes and sessions are in it: for this user alone. SQLite gives its -wal and -shm the same mode.
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
  await migrate(url)
  return new PrismaClient({ adapter: new PatientLibSql({ url, timeout }), errorFormat: 'minimal' })
}

async function migrate(url: string): Promise<void> {
  const client = patient(createClient({ url, timeout }))
  // Readers go on while one process writes only in WAL mode; the mode stays with the file.
  await client.execute('PRAGMA journal_mode = WAL')
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
    client.close()
  }
}
