/** An app's own client, of which the look-ups of keys by their hashes are counted, and what they read held back if asked for. */
import { type CacheOptions, createApiKeys } from 'keystile'
import type { databases } from './databases.js'
import { afterwards, insertOwner, issueKeys, migrated } from './key-ring.js'
import { openSql } from './sql.js'
import { userClient } from './user-client.js'

interface Query {
  readonly args: { readonly where?: Readonly<Record<string, unknown>> }
  query(args: unknown): Promise<unknown>
}

function watchedLookups(url: string) {
  const client = userClient(url)
  const seen = { lookups: 0, hold: undefined as Promise<unknown> | undefined }
  const look = async ({ args, query }: Query) => {
    if (args.where?.['keyHash'] === undefined) return query(args)
    seen.lookups++
    const rows = await query(args)
    await seen.hold
    return rows
  }
  afterwards(() => client.$disconnect())
  return { prisma: client.$extends({ query: { apiKey: { findUnique: look, findMany: look } } }), seen }
}

/** So many keys in a database of their own, over such a client. */
export async function watchedKeys(database: (typeof databases)[number], count: number, cache: CacheOptions = {}) {
  const url = await migrated(database)
  const sql = await openSql(url)
  const { prisma, seen } = watchedLookups(url)
  const keys = createApiKeys({ prisma, feedUrl: url, cache, deadlineMs: 20_000 })
  afterwards(() => sql.close())
  afterwards(() => keys.close({ timeoutMs: 500 }))
  return { sql, keys, seen, issued: await issueKeys(sql, await insertOwner(sql), count) }
}
