/** A Prisma client as an app has one of its own, and what an app may do with it. */
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient as PostgresClient } from '../../src/generated/postgresql/client.js'
import { PrismaClient as SqliteClient } from '../../src/generated/sqlite/client.js'

interface Lookup {
  readonly args: { readonly where?: Readonly<Record<string, unknown>> }
  query(args: unknown): Promise<unknown>
}

/** What both generated clients have in common, as far as tests call it. */
export interface UserClient {
  $extends(extension: object): object
  $queryRawUnsafe(sql: string): Promise<unknown>
  $disconnect(): Promise<void>
}

export function userClient(url: string): UserClient {
  return url.startsWith('file:')
    ? (new SqliteClient({ adapter: new PrismaLibSql({ url, timeout: 10 }) }) as unknown as UserClient)
    : (new PostgresClient({ adapter: new PrismaPg({ connectionString: url }) }) as unknown as UserClient)
}

/** The client with lookups by hash whose answers, read already, are held back until `hold` lets them go. */
export function withHeldLookups(client: UserClient, hold: () => Promise<unknown> | undefined): object {
  const held = async ({ args, query }: Lookup) => {
    const rows = await query(args)
    if (args.where?.['keyHash'] !== undefined) await hold()
    return rows
  }
  return client.$extends({
    query: {
      apiKey: {
        findUnique: held,
        findMany: held
      }
    }
  })
}
