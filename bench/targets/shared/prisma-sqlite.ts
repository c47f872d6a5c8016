import type { TargetDatabase } from '../../target.js'
import { sha256Rows } from './rows.js'
import { countsOf, insertKeys, onSqlite } from './sqlite.js'
import { tablesSql } from './tables-sql.js'

/**
 * A client as https://www.prisma.io/docs/orm/v7/core-concepts/supported-databases/sqlite shows it for libSQL, with a time to wait
 * for locks. What https://www.sqlite.org/wal.html#performance_considerations advises beside WAL is of the connection,
 * and the adapter keeps one.
 */
export async function openPrisma(url: string) {
  const [{ PrismaLibSql }, { PrismaClient }] = await Promise.all([
    import('@prisma/adapter-libsql'),
    import('../../generated/sqlite/client.js')
  ])
  const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url, timeout: 5_000 }) })
  await prisma.$executeRawUnsafe('PRAGMA synchronous = NORMAL')
  return prisma
}

/** Tables of the app's own, with the keys as SHA-256, in WAL mode, which the file keeps. */
export const seedSqlite = ({ url, tokens, rows }: TargetDatabase) =>
  onSqlite(url, async (client) => {
    await client.execute('PRAGMA journal_mode = WAL')
    await client.executeMultiple(tablesSql('sqlite'))
    await insertKeys(client, sha256Rows(tokens), rows)
  })

export const countsSqlite = ({ url, tokens }: TargetDatabase) =>
  countsOf(
    url,
    sha256Rows(tokens).map((row) => row.keyHash)
  )
