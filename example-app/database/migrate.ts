/**
 * Applies the migrations that are pending. An app of yours runs `npx prisma migrate deploy` in its release step instead:
 * that command fetches an engine from Prisma's download host, which this project does without. What is applied is recorded
 * in Prisma's own table, so that `prisma migrate` can go on from there.
 */
import { createHash, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { Location } from './url.js'

/** One connection, inside a transaction that keeps other processes from migrating too. */
export interface Locked {
  readonly provider: Location['provider']
  names(sql: string): Promise<readonly string[]>
  /** Several statements, functions and triggers among them. */
  script(sql: string): Promise<void>
}

const tableSql = (time: string) => `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" ${time},
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" ${time},
  "started_at" ${time} NOT NULL,
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`

export async function applyPending({ provider, names, script }: Locked): Promise<void> {
  const folder = new URL(`../prisma/${provider}/migrations/`, import.meta.url)
  await script(tableSql(provider === 'sqlite' ? 'DATETIME' : 'TIMESTAMPTZ'))
  const done = await names('SELECT "migration_name" FROM "_prisma_migrations" WHERE "finished_at" IS NOT NULL')
  const all = readdirSync(folder).filter((name) => /^\d{14}_\w+$/.test(name))
  for (const name of all.sort().filter((each) => !done.includes(each))) {
    const sql = readFileSync(new URL(`${name}/migration.sql`, folder), 'utf8')
    const checksum = createHash('sha256').update(sql).digest('hex')
    const now = provider === 'sqlite' ? Date.now() : `'${new Date().toISOString()}'`
    await script(sql)
    await script(`INSERT INTO "_prisma_migrations"
      ("id", "checksum", "finished_at", "migration_name", "started_at", "applied_steps_count")
      VALUES ('${randomUUID()}', '${checksum}', ${now}, '${name}', ${now}, 1)`)
  }
}
