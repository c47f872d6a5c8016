/** What the bench's processes rest on: cores, answers, counts of writes. */
import { createClient } from '@libsql/client'
import pg from 'pg'
import { describe, expect, inject, test } from 'vitest'
import { coresIn, onCores, share } from '../../bench/run/cores.js'
import { type Answered, type LoadReport, wrongIn } from '../../bench/run/load-order.js'
import { sqliteWrites, writing } from '../../bench/run/writes.js'
import { freshSqlite } from '../helpers/databases.js'

describe('cores', () => {
  test.each([
    ['0', [0]],
    ['0,1', [0, 1]],
    ['2-4,7', [2, 3, 4, 7]],
    ['', []],
    ['none', []]
  ])('of the list %j are %j', (list, cores) => {
    expect(coresIn(list)).toEqual(cores)
  })

  test("one is the server's own, the others are for the rest", () => {
    expect(share([2, 3, 7])).toEqual({ server: [2], others: [3, 7] })
    expect(share([0])).toBeUndefined()
    expect(share([])).toBeUndefined()
  })

  test('are asked of taskset, or left to the system', () => {
    expect(onCores([1, 2])).toEqual(['taskset', ['-c', '1,2', process.execPath]])
    expect(onCores(undefined)).toEqual([process.execPath, []])
  })
})

describe('answers', () => {
  const answered = (statuses: Record<string, number>): Answered => ({
    answered: Object.values(statuses).reduce((sum, count) => sum + count, 0),
    statuses,
    p50Micros: 1,
    p99Micros: 1
  })
  const report = (given: Partial<LoadReport>): LoadReport => ({
    seconds: 1,
    cpuMicros: 1,
    known: answered({ 200: 10 }),
    unknown: answered({}),
    failed: 0,
    ...given
  })

  test('with the status that they should have are right', () => {
    expect(wrongIn(report({ unknown: answered({ 401: 7 }) }), { unknown: 401 })).toBeUndefined()
    expect(wrongIn(report({ unknown: answered({ 200: 7 }) }), { unknown: 200 })).toBeUndefined()
  })

  test.each([
    ['a known key refused', { known: answered({ 200: 9, 401: 3 }) }, /^3 answers with status 401 for known keys/],
    ['an unknown key let in', { unknown: answered({ 200: 1 }) }, /^1 answers with status 200 for unknown keys.*401$/],
    ['a server that is overrun', { known: answered({ 200: 9, 503: 4 }) }, /status 503/],
    ['a connection that failed', { failed: 2 }, /^2 requests without an answer$/],
    ['silence', { known: answered({}) }, /^no answer at all/]
  ])('are wrong with %s', (_, given, message) => {
    expect(wrongIn(report(given), { unknown: 401 })).toMatch(message)
  })
})

describe('writes', () => {
  test.each(['WAL', 'DELETE'])('into SQLite are its transactions, with the journal %s', async (journal) => {
    const url = await freshSqlite()
    const client = createClient({ url })
    await client.execute(`PRAGMA journal_mode = ${journal}`)
    await client.execute('CREATE TABLE hits (id INTEGER PRIMARY KEY)')
    const { count } = sqliteWrites(url)
    const before = (await count()) ?? Number.NaN
    await client.execute('INSERT INTO hits VALUES (1)')
    await client.batch(['INSERT INTO hits VALUES (2)', 'INSERT INTO hits VALUES (3)'], 'write')
    await client.execute('SELECT * FROM hits')
    await client.execute('DELETE FROM hits WHERE id = 4')
    await client.execute('UPDATE hits SET id = 9 WHERE id = 1')
    expect((await count()) ?? 0).toBe(before + 3)
    client.close()
  })

  test('into a file that is not there are not known', async () => {
    expect(await sqliteWrites('file:/nowhere/at-all.db').count()).toBeUndefined()
  })

  test.each([
    [true, 'INSERT INTO hits VALUES ($1)'],
    [true, '\n  update hits SET id = $1'],
    [true, 'WITH new AS (INSERT INTO log VALUES ($1) RETURNING id)\nSELECT id FROM new'],
    [true, 'with a as (select 1)\nUPDATE hits SET id = $1'],
    [true, 'DELETE FROM hits'],
    [false, 'SELECT update, delete FROM hits'],
    [false, 'SELECT id FROM hits FOR UPDATE'],
    [false, 'WITH a AS (SELECT id FROM hits FOR UPDATE) SELECT id FROM a'],
    [false, 'WITH a AS (SELECT updated_at FROM hits) SELECT * FROM a'],
    [false, 'BEGIN'],
    [false, "NOTIFY hits, 'update hits'"]
  ])('into PostgreSQL: %s of %j', async (expected, query) => {
    const client = new pg.Client({ connectionString: inject('postgresUrl') })
    await client.connect()
    const { rows } = await client.query('SELECT $1::text ~* $2::text AS writes', [query, writing])
    await client.end()
    expect(rows).toEqual([{ writes: expected }])
  })
})
