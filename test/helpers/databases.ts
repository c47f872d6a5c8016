/** An empty database for each test that wants one, of both kinds: `describe.each(databases)('$name', ({ fresh }) => ...)`. */

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import { afterEachFile } from './after-each-file.js'

export interface TestDatabase {
  readonly name: 'SQLite' | 'PostgreSQL'
  readonly provider: 'sqlite' | 'postgresql'
  /** The url of a new, empty database. */
  fresh(): Promise<string>
}

const folders: string[] = []

afterEachFile(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

/** A new database on the run's PostgreSQL server; it goes when the server stops. */
export async function freshPostgres(): Promise<string> {
  const server = inject('postgresUrl')
  const name = `test_${randomBytes(8).toString('hex')}`
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    // template0 takes no connections, so that two tests may copy it at once.
    await client.query(`CREATE DATABASE ${name} TEMPLATE template0`)
  } finally {
    await client.end()
  }
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

/** The `file:` url of a database in a new folder; the file is not there yet, the folder goes after the file's tests. */
export async function freshSqlite(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keystile-test-'))
  folders.push(folder)
  return `file:${join(folder, 'test.db')}`
}

export const databases: readonly TestDatabase[] = [
  { name: 'SQLite', provider: 'sqlite', fresh: freshSqlite },
  { name: 'PostgreSQL', provider: 'postgresql', fresh: freshPostgres }
]
