import type { TargetDatabase } from '../../target.js'
import { countsOf, insertKeys, onPostgresql } from './postgresql.js'
import { sha256Rows } from './rows.js'
import { tablesSql } from './tables-sql.js'

/**
 * A client as https://www.prisma.io/docs/orm/v7/core-concepts/supported-databases/database-drivers shows it, with the adapter's own
 * pool, and with named statements (`statementNameGenerator`, https://github.com/prisma/orm/releases/tag/7.6.0), which
 * PostgreSQL parses and plans once a connection.
 */
export async function openPrisma(url: string) {
  const [{ PrismaPg }, { PrismaClient }] = await Promise.all([
    import('@prisma/adapter-pg'),
    import('../../generated/postgresql/client.js')
  ])
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: url }, { statementNameGenerator: namer() }) })
}

/** A name for each SQL text, the same one each time. */
export function namer(): (query: { readonly sql: string }) => string {
  const names = new Map<string, string>()
  return ({ sql }) => {
    let name = names.get(sql)
    if (name === undefined) {
      name = `s${names.size}`
      names.set(sql, name)
    }
    return name
  }
}

/** Tables of the app's own, with the keys as SHA-256. */
export const seedPostgresql = ({ url, tokens, rows }: TargetDatabase) =>
  onPostgresql(url, async (client) => {
    await client.query(tablesSql('postgresql'))
    await insertKeys(client, sha256Rows(tokens), rows)
  })

export const countsPostgresql = ({ url, tokens }: TargetDatabase) =>
  countsOf(
    url,
    sha256Rows(tokens).map((row) => row.keyHash)
  )
