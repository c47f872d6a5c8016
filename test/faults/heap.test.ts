/** What a process remembers of keys is of no use to whoever reads its memory: hashes, never tokens. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hashToken } from '../../src/hash.js'
import { createToken } from '../../src/token.js'
import { freshSqlite } from '../helpers/databases.js'
import { startKeyProcess } from '../helpers/key-process.js'
import { afterwards, insertOwner, issueKeys, migrated } from '../helpers/key-ring.js'
import { openSql } from '../helpers/sql.js'
import { until } from '../helpers/until.js'
import { ask, untilFresh } from '../helpers/watched-process.js'

test('no token is in the heap of a process that remembers its key', async () => {
  const url = await migrated({ name: 'SQLite', provider: 'sqlite', fresh: freshSqlite })
  const sql = await openSql(url)
  const folder = await mkdtemp(join(tmpdir(), 'keystile-heap-'))
  afterwards(() => sql.close())
  afterwards(() => rm(folder, { recursive: true }))
  const app = await startKeyProcess({ url })
  const issued = await issueKeys(sql, await insertOwner(sql), 50)
  const heap = await until(async () => {
    await untilFresh(app, issued[0]?.token ?? '')
    for (const { token } of issued) expect(await ask(app.port, token)).toBe(204)
    // What a connection has read last stays in its buffers.
    const others = Array.from({ length: 50 }, () => createToken('sk_'))
    for (const token of others) expect(await ask(app.port, token)).toBe(401)

    const path = join(folder, 'heap.heapsnapshot')
    expect(await app.call('heapSnapshot', path)).toMatchObject({ value: path })
    const text = await readFile(path, 'latin1')
    // On a busy machine a late proof may have emptied the cache meanwhile.
    return issued.every(({ token }) => text.includes(hashToken(token))) && text
  })
  expect(issued.filter(({ token }) => heap.includes(token))).toEqual([])
})
