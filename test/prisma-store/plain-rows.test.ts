/** Keys that are looked up by keystile's own statement read as Prisma reads them, whatever is in their rows. */
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../src/prisma-store/client.js'
import { createPrismaStore } from '../../src/prisma-store/index.js'
import { inspectClient } from '../../src/prisma-store/inspect.js'
import type { FoundKey, Store } from '../../src/store.js'
import { afterwards, migrated } from '../helpers/key-ring.js'
import { connect, type Sql, type SqlValue } from '../helpers/keys.js'
import { type RecordedEvent, recordEvents } from '../helpers/recorded-events.js'
import { rounds } from '../helpers/rounds.js'
import {
  damagedIn,
  poolsFor,
  rowOf,
  shown,
  shownAll,
  soundTime,
  type Value,
  type Written
} from '../helpers/row-values.js'
import { userClients } from '../helpers/stores.js'

interface Extensible {
  $extends(extension: object): object
  $on?(event: 'query', listener: (event: { query: string }) => void): void
}

let serial = 0
const nextHash = () => (++serial).toString(16).padStart(64, '0')

describe.each(userClients)('a look-up by $name', ({ provider, fresh, make }) => {
  let plain: Store
  let byPrisma: Store
  let sql: Sql
  const queries: string[] = []
  beforeAll(async () => {
    const url = await migrated({ name: provider === 'sqlite' ? 'SQLite' : 'PostgreSQL', provider, fresh } as never)
    const client = make(url) as Client & Extensible
    const extended = client.$extends({ name: 'asked as before' }) as Client
    const storeOf = (each: Client) =>
      createPrismaStore({ client: each, shape: inspectClient(each), clock: Date.now, own: false })
    ;[plain, byPrisma] = [storeOf(client), storeOf(extended)]
    try {
      client.$on?.('query', ({ query }) => queries.push(query))
    } catch {
      // This client tells nothing of its queries.
    }
    const connection = await connect(url)
    sql = connection.sql
    if (provider === 'sqlite') await sql('PRAGMA foreign_keys = OFF')
    afterwards(() => connection.close())
    afterwards(() => client.$disconnect())
  })

  async function insert(table: string, row: Record<string, Value>) {
    const isSql = (value: Value): value is Written => typeof value === 'object' && value !== null && 'sql' in value
    const values = Object.values(row)
    const marks = values.map((value) => (isSql(value) ? value.sql : '?')).join(', ')
    const bound = values.filter((value): value is SqlValue => !isSql(value))
    await sql(`INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${marks})`, ...bound)
  }

  async function write(fields: Record<string, Value> = {}): Promise<string> {
    const hash = nextHash()
    const sound = Object.fromEntries(
      Object.entries(poolsFor(provider)).map(([column, [first]]) => [column, first ?? null])
    )
    const { owner_name, owner_email, owner_active, ...key } = { ...sound, ...fields } as Record<string, Value>
    const id = `owner-${serial}`
    const email = owner_email === '' ? `${id}@example.com` : owner_email
    const owner = { id, email, name: owner_name, is_active: owner_active, updated_at: soundTime }
    await insert('users', owner as Record<string, Value>)
    const ids = { id: `key-${serial}`, user_id: id, key_hash: hash, updated_at: soundTime }
    await insert('api_keys', { ...ids, ...key })
    return hash
  }

  const statements = async (work: () => Promise<unknown>) => {
    queries.length = 0
    await work()
    return queries.length
  }

  /** Asks both ways, and compares what is found and what is told. */
  async function expectSame(hashes: readonly string[], events: RecordedEvent[]): Promise<void> {
    const found: Record<string, unknown>[] = []
    const told: string[][] = []
    for (const store of [plain, byPrisma]) {
      const read = async () => found.push(shownAll(await store.findByHashes(hashes)))
      told.push([...new Set(await damagedIn(read, events))])
    }
    expect(found[0]).toStrictEqual(found[1])
    expect(told[0]).toEqual(told[1])
  }

  test('rows of all kinds are the same keys, with the same damages named', async () => {
    const events = recordEvents()
    const property = fc.asyncProperty(fc.array(rowOf(provider), { minLength: 1, maxLength: 6 }), async (rows) => {
      const hashes: string[] = []
      for (const row of rows) hashes.push(await write(row))
      await expectSame(hashes, events)
    })
    await fc.assert(property, { numRuns: rounds(40, 200), endOnFailure: true })
  }, 120_000)

  test.each(Object.entries(poolsFor(provider)))(
    '%s with each value, alone and beside a good row',
    async (column, pool) => {
      const events = recordEvents()
      const good = await write()
      for (const value of pool) {
        const hash = await write({ [column]: value })
        await expectSame([hash], events)
        await expectSame([hash, good], events)
      }
    }
  )

  test('300 good keys, each twice, are one statement without a hash in it, and unknown ones are nothing', async () => {
    const hashes: string[] = []
    for (let i = 0; i < 300; i++) hashes.push(await write())
    const asked = [...hashes, nextHash(), ...hashes, "'); DROP TABLE api_keys; --", '']
    let found: ReadonlyMap<string, FoundKey> = new Map()
    const count = await statements(async () => {
      found = await plain.findByHashes(asked)
    })
    expect([...found.keys()].sort()).toEqual(hashes)
    const [some = ''] = hashes
    expect(shown(found.get(some) as FoundKey)).toMatchObject({ owner: { id: `owner-${serial - 300}` } })
    if (queries.length > 0) expect(count).toBe(1)
    for (const query of queries) for (const hash of hashes) expect(query).not.toContain(hash)
  })

  test('one bad row among good ones costs statements for itself alone', async () => {
    const good = [await write(), await write(), await write()]
    const bad = await write({ expires_at: provider === 'sqlite' ? 'garbage' : 'infinity' })
    const count = await statements(() => plain.findByHashes([...good, bad]))
    const alone = await statements(() => byPrisma.findByHashes([bad]))
    if (alone > 0) expect(count).toBe(alone + 1)
  })

  test('an extended client is asked as before', async () => {
    const hash = await write()
    await statements(() => byPrisma.findByHashes([hash]))
    for (const query of queries) expect(query).not.toContain('json')
  })

  test.runIf(provider === 'sqlite')(
    'a key whose owner is gone, or is another one to JavaScript, is the same key',
    async () => {
      const [gone, bytesAsOwner] = [await write(), await write()]
      await sql('UPDATE api_keys SET user_id = ? WHERE key_hash = ?', 'nobody', gone)
      await sql('UPDATE api_keys SET user_id = CAST(user_id AS BLOB) WHERE key_hash = ?', bytesAsOwner)
      const events = recordEvents()
      for (const hashes of [[gone], [bytesAsOwner], [gone, bytesAsOwner, await write()]])
        await expectSame(hashes, events)
      expect((await plain.findByHashes([gone])).get(gone)).toMatchObject({ owner: null })
    }
  )
})
