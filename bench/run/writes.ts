/** Counts what is written into one database: by the database's own count, so nothing of a target has to be believed. */
import { closeSync, openSync, readSync } from 'node:fs'
import { endianness } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Client } from 'pg'

export interface WriteCounter {
  /** So far; undefined where it can't be read. Differences count. */
  count(): Promise<number | undefined>
}

/** A statement that writes, as a regular expression of PostgreSQL. */
export const writing =
  '^\\s*(insert|update|delete|merge|with\\M.*(\\minsert into\\M|\\mdelete from\\M|(?<!for )(?<!for no key )\\mupdate\\M))'

/** At the top level: what triggers and functions write comes with the statement that fired them. */
const counting = `
  SELECT coalesce(sum(calls), 0)::float8 AS calls FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
  WHERE d.datname = $1 AND s.toplevel AND s.query ~* $2`

/** @param client of a database of the server that has the extension pg_stat_statements */
export function postgresWrites(client: Client, database: string): WriteCounter {
  return {
    async count() {
      const { rows } = await client.query<{ calls: number }>(counting, [database, writing])
      return rows[0]?.calls
    }
  }
}

function readAt(path: string, position: number): Buffer | undefined {
  try {
    const file = openSync(path, 'r')
    try {
      const bytes = Buffer.alloc(4)
      return readSync(file, bytes, 0, 4, position) === 4 ? bytes : undefined
    } finally {
      closeSync(file)
    }
  } catch {
    return undefined
  }
}

/**
 * Transactions that changed the file. In WAL mode SQLite counts them in the index of the WAL (the field iChange, at byte 8
 * of -shm, in the machine's order), else in the header of the file (byte 24, most significant first).
 */
export function sqliteWrites(url: string): WriteCounter {
  const path = fileURLToPath(url)
  return {
    async count() {
      const index = readAt(`${path}-shm`, 8)
      if (index !== undefined) return endianness() === 'LE' ? index.readUInt32LE() : index.readUInt32BE()
      return readAt(path, 24)?.readUInt32BE()
    }
  }
}
