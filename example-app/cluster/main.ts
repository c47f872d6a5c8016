/**
 * Three processes of the example on one PostgreSQL, and how soon each refuses a key that was revoked by plain SQL:
 * `npm run example:cluster`. Needs nothing installed; ends with 1 where a process lets the key in for longer than 3 s.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createApiKeys } from 'keystile'
import pg from 'pg'
import { startPostgres } from '../../scripts/postgres-server.js'
import { type Database, openDatabase } from '../database/index.js'
import { type ExampleProcess, startExample } from './processes.js'
import { table } from './table.js'
import { askOn, isKept, summary, warm } from './watch.js'

const processCount = 3
const beforeMs = 500
const withinMs = 3_000

/** Of an owner whom no password lets in. */
async function makeKey(prisma: Database) {
  const keys = createApiKeys({ prisma })
  try {
    const owner = await prisma.user.create({ data: { email: 'cluster@example.com', passwordHash: '' } })
    return await keys.create({ ownerId: owner.id, name: 'cluster', expiresIn: '1h' })
  } finally {
    await keys.close()
  }
}

/** As somebody at psql would do it. Returns when the commit was answered. */
async function revoke(client: pg.Client, id: unknown): Promise<number> {
  const { rowCount } = await client.query('UPDATE api_keys SET is_active = FALSE WHERE id = $1', [id])
  const committedAt = performance.now()
  if (rowCount !== 1) throw new Error('The key to revoke was not there.')
  return committedAt
}

/** Returns whether all processes kept what is promised. */
async function show(client: pg.Client, apps: readonly ExampleProcess[], prisma: Database): Promise<boolean> {
  const { token, apiKey } = await makeKey(prisma)
  await Promise.all(apps.map(({ url }) => warm({ url, token })))
  console.log(`All ${apps.length} remember the key ${apiKey.keyPrefix} (/readyz: cache fresh).`)

  const end = new AbortController()
  const asking = Promise.all(apps.map(({ url }) => askOn({ url, token }, end.signal)))
  await Promise.race([sleep(beforeMs), asking])
  const committedAt = await revoke(client, apiKey.id)
  console.log('Revoked by plain SQL: UPDATE api_keys SET is_active = FALSE WHERE id = ...\n')
  // Longer than the bound: who refused once must not let it in again.
  await Promise.race([sleep(withinMs + beforeMs), asking])
  end.abort()

  const seen = (await asking).map((answers) => summary(answers, committedAt))
  console.log(table(apps, seen))
  return seen.every((each) => isKept(each, withinMs))
}

async function onServer(databaseUrl: string): Promise<boolean> {
  // Migrated before the first of them starts, as a release does.
  const prisma = await openDatabase({ provider: 'postgresql', url: databaseUrl })
  const apps: ExampleProcess[] = []
  const client = new pg.Client({ connectionString: databaseUrl })
  client.on('error', () => {}) // Ctrl+C ends the server too; a query that needs it fails by itself.
  let kept = false
  let stopped: readonly boolean[] = []
  try {
    await client.connect()
    const starting = Array.from({ length: processCount }, async () => apps.push(await startExample(databaseUrl)))
    await Promise.all(starting)
    console.log(`Processes ${apps.map(({ pid }) => pid).join(', ')} run the example app.`)
    kept = await show(client, apps, prisma)
  } finally {
    stopped = await Promise.all(apps.map((app) => app.stop()))
    await Promise.all([client.end(), prisma.$disconnect()])
  }
  return kept && stopped.every(Boolean)
}

// What was started is ended when this process exits.
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) process.on(signal, () => process.exit(code))

const server = await startPostgres()
console.log(`PostgreSQL listens on port ${new URL(server.url).port} of the loopback.`)
let kept = false
try {
  kept = await onServer(server.url)
} finally {
  await server.stop()
}
console.log(`${kept ? 'All refused in time.' : 'NOT as promised.'} Everything is stopped.`)
process.exitCode = kept ? 0 : 1
