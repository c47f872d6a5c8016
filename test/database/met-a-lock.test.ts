/** libsql leaves a statement that met a lock open, and then reports writes as done that it has not committed. */
import { fileURLToPath } from 'node:url'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { createApiKeys } from 'keystile'
import Database from 'libsql'
import { describe, expect, test } from 'vitest'
import { PrismaClient } from '../../src/generated/sqlite/client.js'
import { freshSqlite } from '../helpers/databases.js'

const pathOf = (url: string) => (url.startsWith('file://') ? fileURLToPath(url) : url.slice('file:'.length))

/** A revocation in a process whose connection has met another one's lock. */
async function revokeAfterLock(url: string, prisma?: PrismaClient) {
  const own = createApiKeys({ url })
  const { owner } = await own.ensureOwner({ email: 'ada@example.com' })
  const { apiKey } = await own.create({ ownerId: owner.id, name: 'laptop' })
  const keys = prisma ? createApiKeys({ prisma }) : own
  const other = new Database(pathOf(url))
  other.exec('BEGIN IMMEDIATE')
  const waiting = keys.update(apiKey.id, { name: 'phone' }).catch(() => 'refused')
  setTimeout(() => other.exec('COMMIT'), 150)
  await waiting
  const answer = await keys.revoke(apiKey.id).then(
    () => 'revoked',
    () => 'error'
  )
  const seen = new Database(pathOf(url)).prepare('SELECT is_active FROM api_keys').get() as { is_active: number }
  await keys.close()
  if (prisma) await own.close()
  return { answer, isActive: seen.is_active }
}

describe('after its connection met a lock', () => {
  test('the embedded database commits a revocation', async () => {
    expect(await revokeAfterLock(await freshSqlite())).toEqual({ answer: 'revoked', isActive: 0 })
  })

  test("with the app's own libsql client a revocation is committed, or an error: never a success that is lost", async () => {
    const url = await freshSqlite()
    const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url, timeout: 10 }) })
    const { answer, isActive } = await revokeAfterLock(url, prisma)
    expect(isActive === 0 || answer === 'error').toBe(true)
    await prisma.$disconnect()
  })

  test('others can write: no transaction is left open', async () => {
    const url = await freshSqlite()
    await revokeAfterLock(url)
    const next = createApiKeys({ url })
    await expect(next.ensureOwner({ email: 'grace@example.com' })).resolves.toMatchObject({ created: true })
    await next.close()
  })
})
