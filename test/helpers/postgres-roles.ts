/** Users of PostgreSQL without rights, and URLs with parameters. */
import { randomBytes } from 'node:crypto'
import { openSql } from './sql.js'

/** A user who may log in to this database, and no more. */
export async function freshRole(database: string): Promise<{ url: string; name: string }> {
  const name = `role_${randomBytes(6).toString('hex')}`
  const { query, close } = await openSql(database)
  await query(`CREATE ROLE ${name} LOGIN PASSWORD 'role-password'`)
  await close()
  const url = new URL(database)
  url.username = name
  url.password = 'role-password'
  return { url: url.href, name }
}

export function withQuery(url: string, parameters: Readonly<Record<string, string>>): string {
  const changed = new URL(url)
  for (const [name, value] of Object.entries(parameters)) changed.searchParams.set(name, value)
  return changed.href
}
