/** A revocation, whoever makes it, reaches every process that remembers the key. */
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { type KeyProcess, startKeyProcess } from '../helpers/key-process.js'
import { afterwards, insertOwner, issueKeys, migrated } from '../helpers/key-ring.js'
import { isLong, rounds } from '../helpers/rounds.js'
import { openSql, type Sql } from '../helpers/sql.js'
import { ask, lastAccept, percentile, untilFresh } from '../helpers/watched-process.js'

/** What is promised, in the long form; the short one shares its machine with other tests. */
const withinMs = { postgresql: 100, sqlite: 300 }
const processes = rounds(2, 4)
const trials = rounds(2, 25)

describe.each(databases)('on $name', (database) => {
  test('by SQL, by deleting or disabling the owner, by another process: refused everywhere', {
    timeout: 240_000
  }, async () => {
    const url = await migrated(database)
    const sql = await openSql(url)
    afterwards(() => sql.close())
    const apps = await Promise.all(Array.from({ length: processes }, () => startKeyProcess({ url })))
    const [first] = await issueKeys(sql, await insertOwner(sql), 1)
    await Promise.all(apps.map((app) => untilFresh(app, first?.token ?? '')))
    const late: number[] = []
    for (const revoke of ways) {
      for (let i = 0; i < trials; i++) late.push(...(await trial(sql, apps, revoke)))
    }
    expect(late).toHaveLength(ways.length * trials * processes)
    expect(percentile(late, 99)).toBeLessThan(isLong ? withinMs[database.provider] : 3_000)
  })
})

type Revoke = (sql: Sql, apps: readonly KeyProcess[], ids: { key: string; owner: string }) => Promise<unknown>

const bySql: Revoke = (sql, _apps, { key }) => sql.query('UPDATE api_keys SET is_active = FALSE WHERE id = ?', key)
const byOwnersEnd: Revoke = async (sql, _apps, { owner }) => {
  await sql.query('DELETE FROM users WHERE id = ?', owner)
}
const byOwnersState: Revoke = (sql, _apps, { owner }) =>
  sql.query('UPDATE users SET is_active = FALSE WHERE id = ?', owner)
const byProcess: Revoke = (_sql, apps, { key }) => apps[0]?.call('revoke', key) ?? Promise.reject()
const ways = [bySql, byOwnersEnd, byOwnersState, byProcess]

/** How long each process let the key in after the commit. */
async function trial(sql: Sql, apps: readonly KeyProcess[], revoke: Revoke): Promise<number[]> {
  const owner = await insertOwner(sql)
  const [{ id, token } = { id: '', token: '' }] = await issueKeys(sql, owner, 1)
  const before = await Promise.all(apps.flatMap(({ port }) => [ask(port, token), ask(port, token)]))
  expect(before).toEqual(before.map(() => 204))
  await revoke(sql, apps, { key: id, owner })
  return Promise.all(apps.map(({ port }) => lastAccept(port, token)))
}
