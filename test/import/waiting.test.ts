/** A second import on PostgreSQL, while another takes longer than a statement may. */
import { type ApiKeys, createApiKeys } from 'keystile'
import { expect, test } from 'vitest'
import { freshPostgres } from '../helpers/databases.js'
import { afterwards } from '../helpers/key-ring.js'
import { migrate } from '../helpers/migrate.js'
import { oldKey } from '../helpers/old-keys.js'
import { openSql } from '../helpers/sql.js'
import { userClients } from '../helpers/stores.js'
import { until } from '../helpers/until.js'

const deadlineMs = 300

interface Held {
  /** An import that has begun and can't go on. */
  readonly first: Promise<unknown>
  /** Of a process whose statements have a time limit. */
  readonly others: ApiKeys
  release(): Promise<unknown>
}

async function held(): Promise<Held> {
  const url = await freshPostgres()
  await migrate(url)
  const sql = await openSql(url)
  afterwards(() => sql.close())
  await sql.query("INSERT INTO users (id, email, updated_at) VALUES ('ada', 'a@b.c', now())")
  const make = userClients.find(({ provider }) => provider === 'postgresql')?.make
  // Such a client has no time limit.
  const prisma = make?.(url) as { $disconnect(): Promise<void> }
  afterwards(() => prisma.$disconnect())
  const others = createApiKeys({ url, deadlineMs, cache: false })
  afterwards(() => others.close())
  await others.ready()
  await sql.query('BEGIN')
  await sql.query('LOCK TABLE api_key_events IN EXCLUSIVE MODE')
  const first = createApiKeys({ prisma, cache: false }).import([oldKey('ada').row])
  const waiting = "SELECT 1 FROM pg_locks WHERE relation = 'api_key_events'::regclass AND NOT granted"
  await until(async () => (await sql.query(waiting)).length > 0)
  return { first, others, release: () => sql.query('COMMIT') }
}

test('waits for it, and is done then', async () => {
  const { first, others, release } = await held()
  let ended = false
  const second = others.import([oldKey('ada').row]).finally(() => {
    ended = true
  })
  second.catch(() => {})
  await new Promise((resolve) => setTimeout(resolve, 5 * deadlineMs))
  expect(ended).toBe(false)
  await release()
  expect(await Promise.all([first, second])).toMatchObject([{ imported: 1 }, { imported: 1 }])
})

test('gives up where its keys are closed', async () => {
  const { first, others, release } = await held()
  const second = others.import([oldKey('ada').row])
  const refused = expect(second).rejects.toMatchObject({ code: 'unavailable', reason: 'closed' })
  await new Promise((resolve) => setTimeout(resolve, deadlineMs))
  await others.close()
  await refused
  await release()
  expect(await first).toMatchObject({ imported: 1 })
})
