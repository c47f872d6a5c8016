import type { PrismaClient } from '../generated/sqlite/client.js'
import type { Location } from './url.js'

/** The app's own Prisma client. An app on one database imports the one that it generates. */
export type Database = PrismaClient

/** Opens the database, made and migrated where that is due. */
export async function openDatabase(location: Location): Promise<Database> {
  if (location.provider === 'sqlite') return (await import('./sqlite.js')).openSqlite(location)
  const client = await (await import('./postgresql.js')).openPostgres(location.url)
  // Both clients are made of the same models, but for the one that only SQLite's change feed needs.
  return client as unknown as Database
}

/** Whether Prisma says that a unique value is there already. */
export const isTaken = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 'P2002'
