/** Run by test/database/closed-libsql.test.ts: asks a client that was closed, before and within a transaction. */
import { openLibsql } from '../../src/database/libsql.js'

const path = process.argv[2] ?? ''
const outcome = (work: () => unknown) =>
  Promise.resolve()
    .then(work)
    .then(
      () => 'done',
      () => 'refused'
    )

const client = openLibsql(path)
await client.executeMultiple('PRAGMA journal_mode = WAL; CREATE TABLE t (a)')
const inside = await client.transaction('write')
await inside.execute('INSERT INTO t VALUES (1)')
client.close()

const outcomes = {
  read: await outcome(() => client.execute('SELECT 1')),
  write: await outcome(() => client.execute('INSERT INTO t VALUES (2)')),
  begin: await outcome(() => client.transaction('write')),
  inside: await outcome(() => inside.execute('INSERT INTO t VALUES (3)')),
  commit: await outcome(() => inside.commit()),
  rollback: await outcome(() => inside.rollback()),
  closeInside: await outcome(() => inside.close()),
  closed: inside.closed,
  closeAgain: await outcome(() => client.close())
}
const again = openLibsql(path)
const { rows } = await again.execute('SELECT a FROM t')
console.log(JSON.stringify({ ...outcomes, rows: rows.length }))
