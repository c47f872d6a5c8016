/** Whatever others put where the feed listens, nothing breaks, and the next revocation is heard. */
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { keyRing } from '../helpers/key-ring.js'
import { rounds } from '../helpers/rounds.js'
import { until } from '../helpers/until.js'

const many = rounds(1_000, 10_000)

const odd = (keyId: string) => [
  '',
  ' ',
  ':',
  'k:',
  'i:',
  'o:',
  'n:',
  '*',
  '**',
  `k:${keyId}`,
  `k:${keyId}`,
  `i:${keyId}`,
  `o:${keyId}`,
  `x:${keyId}`,
  'k:__proto__',
  'o:constructor',
  'k:é\u{1f511}\n\t\u0001',
  '{"not":"a payload"}',
  `k:${'x'.repeat(5_000)}`
]

describe.each(databases)('on $name', (database) => {
  test(`${many} of them`, { timeout: 120_000 }, async () => {
    const { keys, sql, issue } = await keyRing(database)
    const [key] = await issue(1)
    const isIn = () =>
      keys.verify(key?.token ?? '').then(
        () => true,
        () => false
      )
    const fresh = () => until(async () => (await isIn()) && keys.health().cache === 'fresh')
    await fresh()
    const payloads = odd(key?.id ?? '')
    const statement =
      database.provider === 'sqlite'
        ? 'INSERT INTO keystile_changes (payload) VALUES (?)'
        : "SELECT pg_notify('keystile_changes', ?)"
    // PostgreSQL makes one notification of two that are the same in one transaction: each is a transaction of its own.
    for (let i = 0; i < many; i++) {
      await sql.query(statement, payloads[i % payloads.length] ?? '')
      if (i % 100 === 0) expect(await isIn()).toBe(true)
    }
    if (database.provider === 'sqlite') {
      await sql.query("INSERT INTO keystile_changes (payload) VALUES (x'00ff00'), (12), (1.5), (zeroblob(100000))")
    }
    await fresh()
    await sql.query('UPDATE api_keys SET is_active = FALSE')
    await until(async () => !(await isIn()))
    await sql.query('UPDATE api_keys SET is_active = TRUE')
    await fresh()
  })
})
