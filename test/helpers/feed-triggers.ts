/** The triggers of the change feed, on the tables of an app's own client. */
import { createClient } from '@libsql/client'
import type { ApiKeys } from 'keystile'
import pg from 'pg'
import { triggersSql } from '../../src/change-feed/triggers.js'
import { watchedByKeys } from '../../src/cli/init/configured-tables.js'

export function feedTriggersSql(keys: ApiKeys, url: string): string {
  const watched = watchedByKeys(keys)
  if (!watched) throw new Error('these keys have no client of the app')
  return triggersSql(url.startsWith('file:') ? 'sqlite' : 'postgresql', watched.tables, watched.databaseSchema)
}

export async function makeTriggers(url: string, keys: ApiKeys): Promise<void> {
  const script = feedTriggersSql(keys, url)
  if (url.startsWith('file:')) {
    const client = createClient({ url, timeout: 5_000 })
    // The feed needs it, and a file that keystile opens has it.
    await client.execute('PRAGMA journal_mode = WAL')
    await client.executeMultiple(script)
    return client.close()
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(script)
  await client.end()
}
