/** A key that is revoked while its hash is replaced: read before, it is not used after. */
import { createApiKeys } from 'keystile'
import { expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { freshKeys } from '../helpers/keys.js'
import { rounds } from '../helpers/rounds.js'
import { userClient } from '../helpers/user-client.js'
import { storedHash } from './rows.js'

interface Update {
  readonly args: { readonly data: Readonly<Record<string, unknown>> }
  query(args: unknown): Promise<unknown>
}

// SQLite's transactions wait for each other here, which takes seconds.
test.each(databases.slice(rounds(1, 0)))('on $name', async (database) => {
  const fresh = await freshKeys(database)
  const { token, apiKey } = await fresh.keys.create({ ownerId: fresh.owner.id, name: 'laptop' })
  const client = userClient(fresh.url)
  let reached = () => {}
  const isReplacing = new Promise<void>((resolve) => {
    reached = resolve
  })
  let goOn = () => {}
  const mayGoOn = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const updateMany = async ({ args, query }: Update) => {
    if (args.data['keyHash'] !== undefined) {
      reached()
      await mayGoOn
    }
    return query(args)
  }
  const prisma = client.$extends({ query: { apiKey: { updateMany } } })
  const keys = createApiKeys({ prisma, hash: { hmac: ['p'.repeat(32)] }, deadlineMs: 20_000 })

  const use = keys.verify(token)
  use.catch(() => {})
  await isReplacing
  await keys.revoke(apiKey.id)
  goOn()
  await expect(use).rejects.toMatchObject({ reason: 'revoked' })
  expect(await storedHash(fresh, String(apiKey.id))).toMatchObject({ key_hash: expect.any(String) })
  await keys.close()
  await client.$disconnect()
})
