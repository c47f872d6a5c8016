import type { Provider } from '../sql-names.js'
import type { Models } from './client.js'

/** Until the transaction ends, no other one does the same. On SQLite nobody else writes from the first write on. */
export async function oneAtATime(tx: Models, provider: Provider, what: string): Promise<void> {
  if (provider === 'sqlite') return
  const lock = 'SELECT 1 AS locked FROM pg_advisory_xact_lock(hashtextextended($1, 0))'
  await tx.$queryRawUnsafe(lock, `keystile:${what}`)
}

/** The same without waiting, for what takes minutes: false where another one does it. */
export async function isAlone(tx: Models, provider: Provider, what: string): Promise<boolean> {
  if (provider === 'sqlite') return true
  const lock = 'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS locked'
  const [row] = await tx.$queryRawUnsafe(lock, `keystile:${what}`)
  return row?.['locked'] === true
}
