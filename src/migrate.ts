import { quote } from './change-feed/quote.js'
import { triggersSql } from './change-feed/triggers.js'
import { ownTables } from './change-feed/watched.js'
import { type ApiKeys, internalsOf } from './create-api-keys.js'
import { openDatabase } from './database/index.js'
import { ApiKeyError } from './errors.js'
import { schemaOfKeys, watchedTables } from './prisma-store/watched-tables.js'

/** How a database is named in messages: never with a password. */
export function shownDatabase(keys: ApiKeys): string {
  const { source } = internalsOf(keys).config
  return source.kind === 'url' ? source.location.shown : `your own Prisma client, ${source.shape.provider}`
}

/**
 * Brings the database of an instance up to date.
 * @returns the names of the migrations that were applied, and what was wrong with triggers that were put right; both
 *   empty where it was up to date
 * @throws ApiKeyError; `invalid_argument` for a Prisma client of the app's own, whose migrations are the app's
 */
export async function migrateDatabase(keys: ApiKeys): Promise<{
  readonly applied: readonly string[]
  readonly mended: readonly string[]
}> {
  const { source, deadlineMs } = internalsOf(keys).config
  if (source.kind === 'prisma') {
    throw new ApiKeyError(
      'invalid_argument',
      'This database is migrated by your own Prisma project. Run: npx prisma migrate deploy'
    )
  }
  const { client, applied, mended } = await openDatabase(source.location, { deadlineMs, migrate: true })
  await client.$disconnect()
  return { applied, mended }
}

/**
 * The SQL that makes the triggers of the change feed, for a migration of the app's own: with the names that its client's
 * schema gives to tables and columns, and the columns of owners that these keys depend on.
 */
export function feedTriggersSql(keys: ApiKeys): string {
  const { source } = internalsOf(keys).config
  if (source.kind === 'url') return triggersSql(source.location.provider, ownTables)
  const { shape } = source
  const schema = schemaOfKeys(shape)
  // In a script of several statements this holds until its end.
  const path = schema === undefined || schema === 'public' ? '' : `SET LOCAL search_path TO ${quote(schema)};\n\n`
  return path + triggersSql(shape.provider, watchedTables(shape))
}
