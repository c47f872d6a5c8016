/** A connection of a test's own, for what happens to the database behind keystile's back. */
import { createClient } from '@libsql/client'
import pg from 'pg'

export type Rows = readonly Readonly<Record<string, unknown>>[]

export interface Sql {
  /** One statement; `?` stands for a value. */
  query(text: string, ...values: (string | number | null)[]): Promise<Rows>
  close(): Promise<void>
}

export async function openSql(url: string): Promise<Sql> {
  return url.startsWith('file:') ? openSqlite(url) : openPostgres(url)
}

/** Statements on a connection for them alone; the rows of the last one. */
export async function ask(url: string, ...statements: string[]): Promise<Rows> {
  const { query, close } = await openSql(url)
  try {
    let rows: Rows = []
    for (const statement of statements) rows = await query(statement)
    return rows
  } finally {
    await close()
  }
}

function openSqlite(url: string): Sql {
  const client = createClient({ url, timeout: 2_000 })
  return {
    query: async (sql, ...args) => (await client.execute({ sql, args })).rows.map((row) => ({ ...row })),
    close: async () => client.close()
  }
}

async function openPostgres(url: string): Promise<Sql> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  return {
    async query(text, ...values) {
      let position = 0
      const numbered = text.replaceAll('?', () => `$${++position}`)
      return (await client.query<Record<string, unknown>>(numbered, values)).rows
    },
    close: () => client.end()
  }
}
