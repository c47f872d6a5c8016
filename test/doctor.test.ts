/** The checks themselves, without the command: what `npm test` has time for. All of them: test/cli/doctor.test.ts. */
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { internalsOf } from '../src/create-api-keys.js'
import { remedyFor } from '../src/doctor/feed.js'
import { examine } from '../src/doctor/index.js'
import { isWithin } from '../src/doctor/versions.js'
import { PrismaClient } from '../src/generated/sqlite/client.js'
import { databases, freshSqlite, type TestDatabase } from './helpers/databases.js'
import { migrated } from './helpers/key-ring.js'
import { ask } from './helpers/sql.js'

describe.each(databases)('on $name', (database) => {
  async function statuses(url: string) {
    const keys = createApiKeys({ url })
    const { config } = internalsOf(keys)
    const subject = { config, problem: undefined, shown: 'here', app: undefined, unusedMs: 1_000 }
    const found = await examine({ ...subject, folder: process.cwd() })
    await keys.close()
    return Object.fromEntries(found.map(({ id, status }) => [id, status]))
  }

  test('a database that is well passes, one without a trigger fails, and it is not mended', async () => {
    const url = await migrated(database)
    expect(await statuses(url)).toMatchObject({ database: 'ok', migrations: 'ok', triggers: 'ok', feed: 'ok' })
    await ask(url, `DROP TRIGGER keystile_key_inserted${database.provider === 'sqlite' ? '' : ' ON api_keys'}`)
    const broken = { database: 'ok', triggers: 'fail', feed: 'skipped' }
    expect(await statuses(url)).toMatchObject(broken)
    expect(await statuses(url)).toMatchObject(broken)
  })
})

test("what to do about a feed names no migration of keystile's where the app migrates its database", async () => {
  const url = await freshSqlite()
  // A copy that is made so is not in WAL mode.
  await ask(await migrated(databases[0] as TestDatabase), `VACUUM INTO '${url.slice('file:'.length)}'`)
  const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url }) })
  const keys = createApiKeys({ prisma, feedUrl: url })
  const { config } = internalsOf(keys)
  const subject = { config, problem: undefined, shown: 'here', app: undefined, unusedMs: 1_000 }
  const found = await examine({ ...subject, folder: process.cwd() })
  await keys.close()
  const feed = found.find(({ id }) => id === 'feed')
  expect(feed).toMatchObject({ status: 'fail', details: { code: 'not_wal' } })
  expect(feed?.remedy).toBe('Run once, on that file: PRAGMA journal_mode = WAL')
  expect(remedyFor('triggers_missing', 'prisma')).toContain('npx keystile triggers --append')
  expect(remedyFor('triggers_missing', 'url')).toBe('Run: npx keystile migrate')
})

test.each([
  ['20.19.0', true],
  ['20.18.9', false],
  ['21.0.0', false],
  ['22.12.0', true],
  ['22.11.9', false],
  ['23.9.0', false],
  ['24.0.0', true],
  ['25.1.0', true],
  ['18.20.0', false]
])('Node.js %s is in the range of package.json: %s', (version, wanted) => {
  expect(isWithin(version, '^20.19 || ^22.12 || >=24.0')).toBe(wanted)
})
