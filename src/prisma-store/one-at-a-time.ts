import type { Provider } from '../sql-names.js'
import type { Models } from './client.js'

/** Until the transaction ends, no other one does the same. On SQLite nobody else writes from the first write on. */
export async function oneAtATime(tx: Models, provider: Provider, what: string): Promise<void> {
  if (provider === 'sqlite') return
  const lock = 'SELECT 1 AS locked FROM pg_advisory_xact_lock(hashtextextended($1, 0))'
  await tx.$queryRawUnsafe(lock, `keystile:${what}`)
}
