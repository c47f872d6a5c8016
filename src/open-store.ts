import { existsSync } from 'node:fs'
import { clientToLookAt, openDatabase } from './database/index.js'
import { unavailable } from './errors.js'
import { publish } from './events.js'
import type { ApiKeysConfig } from './options.js'
import type { Client } from './prisma-store/client.js'
import { createPrismaStore } from './prisma-store/index.js'
import { inspectClient } from './prisma-store/inspect.js'
import type { Store } from './store.js'
import { warn } from './warn.js'

/** The store of an instance, opened at first use. */
export interface StoreOpener {
  /** Opens it, once for all who ask at the same time; a failed attempt is made again for the next who asks. */
  open(): Promise<Store>
  /**
   * Does something that only looks. Where the store is not open, nothing is made or migrated for it: what is not there
   * yet is looked at as it would be, which is empty.
   */
  view<T>(work: (store: Store) => Promise<T>): Promise<T>
  /** Whether there is something to open, or opening it would make it. */
  isThere(): boolean
  /** Closes it where it was opened; from then on `open` rejects. */
  close(): Promise<void>
}

/** @param onOpened called each time that an opening succeeded */
export function storeOpener(config: ApiKeysConfig, onOpened: () => void): StoreOpener {
  let opening: Promise<Store> | undefined
  let closed = false
  const { source } = config
  const open = () => {
    if (closed) return Promise.reject(unavailable('These keys were closed: close() was called.', 'closed'))
    opening ??= openStore(config).then(
      (store) => {
        onOpened()
        return store
      },
      (error: unknown) => {
        opening = undefined
        throw error
      }
    )
    return opening
  }
  return {
    open,

    async view(work) {
      if (closed || opening || source.kind === 'prisma') return work(await open())
      const { clock, rules, deadlineMs } = config
      const client = await clientToLookAt(source.location, deadlineMs)
      const store = createPrismaStore({ client, shape: inspectClient(client), clock, own: true, rules })
      try {
        return await work(store)
      } finally {
        await store.close()
      }
    },

    isThere: () => source.kind !== 'url' || source.location.provider !== 'sqlite' || existsSync(source.location.path),

    async close() {
      closed = true
      const store = await opening?.catch(() => undefined)
      await store?.close()
    }
  }
}

async function openStore({ source, clock, deadlineMs, rules }: ApiKeysConfig): Promise<Store> {
  if (source.kind === 'prisma') {
    return createPrismaStore({ client: source.client as Client, shape: source.shape, clock, own: false, rules })
  }
  const { location, isFallback } = source
  if (isFallback && process.env['NODE_ENV'] === 'production') {
    publish('keystile:warning', () => ({
      code: 'embedded_in_production',
      message: `DATABASE_URL is not set: the keys are in ${location.shown}. On most platforms that file is gone after the next deploy.`
    }))
  }
  try {
    const { client } = await openDatabase(location, { deadlineMs, migrate: false })
    return createPrismaStore({ client, shape: inspectClient(client), clock, own: true, rules })
  } catch (error) {
    const message = error instanceof Error ? error.message : 'The database could not be opened.'
    warn('database_unavailable', message)
    throw error
  }
}
