import { type ApiKeys, internalsOf } from './create-api-keys.js'
import { openDatabase } from './database/index.js'
import { ApiKeyError } from './errors.js'

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
