import type { Client, InArgs, InStatement, ResultSet, Transaction } from '@libsql/client'
import { Sqlite3Client } from '@libsql/client/sqlite3'
import Database from 'libsql'

/** SQLite waits for a lock in the calling thread, which is the event loop: hardly at all, then. Who waits longer, waits outside. */
const busyTimeoutMs = 1

const readsOnly = /^\s*(SELECT|PRAGMA|EXPLAIN)\b/i

/**
 * A libsql client that is true about its writes, on one connection.
 *
 * libsql leaves a statement that met a lock (SQLITE_BUSY) open until the garbage collector finds it. While it is open,
 * later writes on its connection report success and are not committed. So no statement here ever asks for the lock:
 * BEGIN IMMEDIATE does, by `exec`, which closes what it opened, and every write stands between that and a COMMIT.
 * Transactions stay on the connection too; libsql of its own opens a new one after each, and closes none in time.
 *
 * Prisma's adapter lets nothing else through while a transaction of its own is open.
 */
export function openLibsql(path: string): Client {
  const db = new Database(path, { timeout: busyTimeoutMs })
  const client = new Sqlite3Client(path, {}, db, 'bigint')
  let closed = false
  /** A closed database is not to be asked: libsql ends the whole process then (Rust panics, and aborts). */
  const inTransaction = () => !closed && db.inTransaction
  const rollBack = () => {
    if (inTransaction()) db.exec('ROLLBACK')
  }
  const exec = (sql: string) => {
    if (closed) throw new Error('The database was closed.')
    db.exec(sql)
  }

  async function committed<T>(work: () => Promise<T>): Promise<T> {
    exec('BEGIN IMMEDIATE')
    try {
      const result = await work()
      exec('COMMIT')
      return result
    } catch (error) {
      rollBack()
      throw error
    }
  }

  const executeRaw = client.execute.bind(client)
  const execute = (statement: InStatement | string, args?: InArgs): Promise<ResultSet> => {
    const sql = typeof statement === 'string' ? statement : statement.sql
    const run = () => executeRaw(statement, args)
    if (closed) return Promise.reject(new Error('The database was closed.'))
    return inTransaction() || readsOnly.test(sql) ? run() : committed(run)
  }

  async function transaction(): Promise<Transaction> {
    exec('BEGIN IMMEDIATE')
    const inside: typeof execute = (statement, args) => {
      // A full disk ends a transaction by itself; what follows must not be committed alone.
      if (!inTransaction()) return Promise.reject(new Error('The transaction was rolled back.'))
      return execute(statement, args)
    }
    return {
      execute: inside,
      batch: async (statements) => {
        const results: ResultSet[] = []
        for (const statement of statements) results.push(await inside(statement))
        return results
      },
      executeMultiple: async (sql) => {
        exec(sql)
      },
      commit: async () => {
        try {
          exec('COMMIT')
        } catch (error) {
          rollBack()
          throw error
        }
      },
      rollback: async () => rollBack(),
      close: rollBack,
      get closed() {
        return !inTransaction()
      }
    }
  }

  /** libsql keeps a closed connection until the garbage collector finds its statements; the file is whole before that. */
  const release = client.close.bind(client)
  const close = () => {
    if (closed) return
    try {
      rollBack()
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {
      // Others are at work in it: what is in -wal is as safe there.
    }
    closed = true
    release()
  }

  return Object.assign(client, { execute, transaction, close })
}
