/** What keystile does to the process that it runs in: what it loads, and whether it keeps it alive. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createApiKeys } from 'keystile'
import { describe, expect, test, vi } from 'vitest'
import { databases, freshSqlite, type TestDatabase } from '../helpers/databases.js'
import { freshKeys } from '../helpers/keys.js'
import { projectRoot } from '../helpers/prisma-migrate.js'
import { run } from '../helpers/programs.js'
import { recordEvents } from '../helpers/recorded-events.js'

const main = fileURLToPath(new URL('../helpers/lifetime-main.ts', import.meta.url))

async function lifetime(how: string, url: string, loadedFile = '') {
  const { stdout, stderr, exitCode } = await run(process.execPath, ['--import', 'tsx', main, how, url, loadedFile], {
    cwd: projectRoot
  })
  return { stdout, stderr, exitCode }
}

async function migrated(database: TestDatabase): Promise<string> {
  const { url, close } = await freshKeys(database)
  await close()
  return url
}

const [sqlite, postgres] = databases as [TestDatabase, TestDatabase]

describe.each(databases)('$name: a process ends by itself', (database) => {
  test.each(['closed', 'not closed', 'never used'])('with an instance that was %s', async (how) => {
    expect(await lifetime(how, await migrated(database))).toEqual({ stdout: 'done', stderr: '', exitCode: 0 })
  })
})

describe('what is loaded', () => {
  const kinds = {
    sqlite: /\/(@libsql|libsql|@prisma\/adapter-libsql|generated\/sqlite)\//,
    postgresql: /\/(pg|pg-[a-z-]+|@prisma\/adapter-pg|generated\/postgresql)\//
  }

  /** Before and after the instance was made. */
  async function loadedFor(how: string, url: string): Promise<{ before: string[]; after: string[] }> {
    const file = `${fileURLToPath(await freshSqlite())}.loaded`
    const { stderr, exitCode } = await lifetime(how, url, file)
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    const lines = readFileSync(file, 'utf8').split('\n')
    const made = lines.indexOf('created')
    return { before: lines.slice(0, made), after: lines.slice(made) }
  }

  const some = (lines: readonly string[], pattern: RegExp) => lines.some((line) => pattern.test(line))

  test('an instance alone loads no driver and no client', async () => {
    const { before, after } = await loadedFor('never used', await sqlite.fresh())
    const lines = [...before, ...after]
    expect(some(lines, /src\/create-api-keys/)).toBe(true)
    expect(some(lines, kinds.sqlite) || some(lines, kinds.postgresql)).toBe(false)
  })

  test('a file loads nothing of PostgreSQL', async () => {
    const { before, after } = await loadedFor('closed', await sqlite.fresh())
    expect(some(before, kinds.sqlite)).toBe(false)
    expect(some(after, kinds.sqlite)).toBe(true)
    expect(some([...before, ...after], kinds.postgresql)).toBe(false)
  })

  test('PostgreSQL loads nothing of SQLite', async () => {
    const { before, after } = await loadedFor('closed', await migrated(postgres))
    expect(some(before, kinds.postgresql)).toBe(false)
    expect(some(after, kinds.postgresql)).toBe(true)
    expect(some([...before, ...after], kinds.sqlite)).toBe(false)
  })

  test("with the app's own client keystile loads neither", async () => {
    const { url, close, newOwner, sql } = await freshKeys(postgres)
    await newOwner()
    await sql("UPDATE users SET email = 'ada@example.com' WHERE email = 'owner1@example.com'")
    await close()
    const { after } = await loadedFor('own client', url)
    expect(after[0]).toBe('created')
    expect(some(after, kinds.sqlite) || some(after, /src\/database\/(sqlite|postgres|libsql)\.ts/)).toBe(false)
    expect(some(after, /\/generated\/|\/@prisma\/adapter-/)).toBe(false)
  })
})

describe('without DATABASE_URL', () => {
  async function warnings(env: 'production' | 'development'): Promise<unknown[]> {
    const folder = join(fileURLToPath(await freshSqlite()), '..')
    const cwd = process.cwd
    process.cwd = () => folder
    try {
      vi.stubEnv('NODE_ENV', env)
      vi.stubEnv('DATABASE_URL', undefined)
      const events = recordEvents()
      const keys = createApiKeys({})
      expect(events).toEqual([])
      await keys.ready()
      await keys.close()
      return events
    } finally {
      process.cwd = cwd
      vi.unstubAllEnvs()
    }
  }

  test('production is warned of the file, at first use', async () => {
    expect(await warnings('production')).toEqual([
      {
        name: 'keystile:warning',
        payload: {
          code: 'embedded_in_production',
          message: expect.stringMatching(/DATABASE_URL is not set.*keystile\.db/)
        }
      }
    ])
  })

  test('elsewhere nobody is', async () => {
    expect(await warnings('development')).toEqual([])
  })
})
