/** Run by exit.test.ts: a feed that is left open when nothing else is to be done. Its argument is the url of a database. */
import Database from 'libsql'
import pg from 'pg'
import { openPostgresFeed } from '../../src/change-feed/postgres.js'
import { openSqliteFeed } from '../../src/change-feed/sqlite.js'
import { ownTables } from '../../src/change-feed/watched.js'

const [, , url = '', ending] = process.argv
const isSqlite = url.startsWith('file:')
const path = url.slice('file:'.length)

async function prove(nonce: string): Promise<void> {
  if (isSqlite) {
    const db = new Database(path)
    db.prepare('INSERT INTO keystile_changes (payload) VALUES (?)').run(`n:${nonce}`)
    db.close()
    return
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query("SELECT pg_notify('keystile_changes', 'n:' || $1)", [nonce])
  await client.end()
}

const untilBarrier = setInterval(() => {}, 1_000)
const say = (text: string) => void process.stdout.write(`${text} `)
const listener = {
  keyChanged: say,
  keyInserted: say,
  ownerChanged: say,
  everythingChanged: () => say('*'),
  lost: ({ message }: { message: string }) => say(message),
  barrier() {
    say('barrier')
    clearInterval(untilBarrier)
    if (ending === 'close') feed.close()
  }
}
const settings = { listener, prove, tables: ownTables }
const feed = isSqlite ? openSqliteFeed({ ...settings, path }) : openPostgresFeed({ ...settings, connectionString: url })
feed.wake()
