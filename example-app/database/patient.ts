import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@libsql/client'

/** How long a write waits for another process's. */
const patienceMs = 5_000

const isBusy = (error: unknown) => String((error as { code?: unknown } | null)?.code).startsWith('SQLITE_BUSY')

/**
 * A libsql client that waits for SQLite's write lock without holding the thread. It also keeps writes from being lost: libsql
 * leaves a statement that met the lock open, and what its connection writes after that is reported as done and never
 * committed. So such a connection is thrown away, and transactions ask for the lock when they begin.
 */
export function patient(client: Client): Client {
  const patiently =
    <Given extends unknown[], Result>(work: (...given: Given) => Promise<Result>) =>
    async (...given: Given): Promise<Result> => {
      const giveUpAt = performance.now() + patienceMs
      for (;;) {
        try {
          return await work(...given)
        } catch (error) {
          if (!isBusy(error)) throw error
          await client.reconnect()
          if (performance.now() > giveUpAt) throw error
        }
        await sleep(10 + Math.random() * 40)
      }
    }
  const begin = client.transaction.bind(client)
  return Object.assign(client, {
    execute: patiently(client.execute.bind(client)),
    transaction: patiently(() => begin('write'))
  })
}
