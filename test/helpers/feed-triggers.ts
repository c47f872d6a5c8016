/** The triggers of the change feed, on the tables of an app's own client. */
import { createClient } from '@libsql/client'
import pg from 'pg'
import { triggersSql } from '../../src/change-feed/triggers.js'
import type { ClientShape } from '../../src/prisma-store/client.js'
import { watchedTables } from '../../src/prisma-store/watched-tables.js'

export async function makeTriggers(url: string, shape: ClientShape): Promise<void> {
  const script = triggersSql(shape.provider, watchedTables(shape))
  if (shape.provider === 'sqlite') {
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
