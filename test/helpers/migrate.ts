/** Migrates a database of keystile's own, as `keystile migrate` does. */
import { createApiKeys } from 'keystile'
import { migrateDatabase } from '../../src/migrate.js'
import type { KeystileVersion } from './later-version.js'

export const thisVersion: KeystileVersion = { createApiKeys, migrateDatabase }

/** The names of the migrations that were applied. */
export async function migrate(
  url: string,
  { createApiKeys, migrateDatabase }: KeystileVersion = thisVersion
): Promise<readonly string[]> {
  const keys = createApiKeys({ url })
  try {
    return (await migrateDatabase(keys)).applied
  } finally {
    await keys.close()
  }
}
