/** An app's own client, of which the look-ups of keys by their hashes are counted, and what they read held back if asked for. */
import { afterwards } from './key-ring.js'
import { userClient } from './user-client.js'

interface Query {
  readonly args: { readonly where?: Readonly<Record<string, unknown>> }
  query(args: unknown): Promise<unknown>
}

export function watchedLookups(url: string) {
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
