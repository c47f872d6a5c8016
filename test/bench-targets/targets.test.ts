/** Each target of the bench does what the comparison says of it: a target that lets anyone in would be fast. */
import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { installed } from '../../bench/installed.js'
import { schemas, tablesOf } from '../../bench/prisma/make.js'
import { answer } from '../../bench/target.js'
import { loadTarget, rowsIn, type ServedTarget, seeded, served, tokens } from '../helpers/bench-target.js'
import { root } from '../helpers/built-package.js'

interface Promised {
  readonly counts: boolean
  /** The table of its keys; none where they are in memory alone. */
  readonly table?: string
  readonly open?: boolean
}

const counting: Promised = { counts: true, table: 'api_keys' }

const promised: Readonly<Record<string, Promised>> = {
  bare: { counts: false, open: true },
  limit: { counts: false },
  'keystile-sqlite': counting,
  'keystile-postgresql': counting,
  'keystile-sqlite-uncached': counting,
  'keystile-postgresql-uncached': counting,
  'prisma-sqlite': counting,
  'prisma-postgresql': counting,
  'prisma-sqlite-unawaited': counting,
  'prisma-postgresql-unawaited': counting,
  'bcrypt-postgresql': counting,
  'better-auth-postgresql': { counts: false, table: 'apikey' },
  'better-auth-postgresql-limited': { counts: true, table: 'apikey' },
  'better-auth-postgresql-fastest': { counts: false },
  'passport-postgresql': { counts: false, table: 'api_keys' },
  pg: counting
}

beforeAll(async () => {
  process.env['NODE_ENV'] = 'production'
  await installed()
}, 300_000)

test('each target is a file of its own, and each file is held to its promises here', () => {
  const files = readdirSync(`${root}/bench/targets`).filter((name) => name.endsWith('.ts'))
  expect(files.map((name) => name.replace('.ts', '')).sort()).toEqual(Object.keys(promised).sort())
})

test('the tables in SQL are those of the schemas', { timeout: 120_000 }, async () => {
  for (const schema of schemas) {
    expect(readFileSync(`${root}/bench/prisma/${schema.name}.sql`, 'utf8')).toBe(await tablesOf(schema))
  }
})

test('the answer is 100 bytes', () => {
  expect(JSON.stringify(answer)).toHaveLength(100)
})

const statuses = async (app: ServedTarget, authorizations: readonly (string | undefined)[]) => [
  ...new Set((await app.ask(authorizations)).map(({ status }) => status))
]

describe.each(Object.entries(promised))('%s', (name, { counts, table, open = false }) => {
  test('lets its tokens in and nobody else, and has counted each request when it is closed', {
    timeout: 120_000
  }, async () => {
    const target = await loadTarget(name)
    const database = await seeded(target, { rows: 200, tokens: tokens(20) })
    if (table !== undefined) {
      expect(await rowsIn(database, table)).toBe(200)
    }
    const app = await served(target, database)
    const strangers = [...tokens(20).map((token) => `Bearer ${token}`), undefined, ...Array(4).fill('Bearer x')]
    expect(await statuses(app, strangers)).toEqual([open ? 200 : 401])
    // Half of them on one key, twenty at once: an update that read the count first would lose some.
    const used = Array.from({ length: 120 }, (_, i) => (i % 2 === 0 ? 0 : i % 20))
    const answers = await app.ask(used.map((key) => `Bearer ${database.tokens[key]}`))
    expect(answers).toEqual(used.map(() => ({ status: 200, body: JSON.stringify(answer) })))
    expect(await statuses(app, strangers)).toEqual([open ? 200 : 401])
    await app.close()
    const made = database.tokens.map((_, key) => used.filter((each) => each === key).length)
    expect(await target.counts?.(database)).toEqual(counts ? made : undefined)
  })
})
