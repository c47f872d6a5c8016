/** Values of owners that JavaScript can't freeze: what a handler does to one reaches no later request. */
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { afterwards, insertOwner, issueKeys, migrated } from '../helpers/key-ring.js'
import { openSql } from '../helpers/sql.js'
import { userClient } from '../helpers/user-client.js'

describe.each(databases)('on $name', (database) => {
  test("each request has a Date of its own in its owner's columns", async () => {
    const url = await migrated(database)
    const sql = await openSql(url)
    const client = userClient(url)
    const keys = createApiKeys({
      prisma: client as never,
      ownerSelect: { id: true, createdAt: true } as never,
      cache: { staleMs: 60_000 }
    })
    afterwards(() => sql.close())
    afterwards(() => client.$disconnect())
    afterwards(() => keys.close({ timeoutMs: 500 }))
    const [{ token } = { token: '' }] = await issueKeys(sql, await insertOwner(sql), 1)
    const createdAt = async () => ((await keys.verify(token)).owner as unknown as { createdAt: Date }).createdAt
    const first = await createdAt()
    const was = first.getTime()
    first.setTime(4e12)
    expect((await createdAt()).getTime()).toBe(was)
    const { owner } = await keys.verify(token)
    expect(Object.isFrozen(owner)).toBe(true)
    expect(Object.keys(owner)).toEqual(['id', 'createdAt'])
    expect(JSON.parse(JSON.stringify(owner))).toEqual({ id: owner.id, createdAt: new Date(was).toISOString() })
  })
})
