/** A bcrypt hash that could not be replaced at first is replaced later, however busy its key is. */
import bcrypt from 'bcrypt'
import { createApiKeys } from 'keystile'
import { expect, onTestFinished, test } from 'vitest'
import { hashToken } from '../../src/hash.js'
import { databases } from '../helpers/databases.js'
import { freshKeys } from '../helpers/keys.js'
import { until } from '../helpers/until.js'
import { userClient } from '../helpers/user-client.js'
import { foreignToken, insertForm, insertRow } from './rows.js'

interface Update {
  readonly args: { readonly data?: Readonly<Record<string, unknown>> }
  query(args: unknown): Promise<unknown>
}

const maxAgeMs = 1_000

test.each(databases)('on $name', async (database) => {
  const fresh = await freshKeys(database)
  await insertForm(fresh, 'bcrypt', 13)
  const token = foreignToken()
  const keyPrefix = `${token.slice(0, 13)}...`
  const id = await insertRow(fresh, { keyHash: await bcrypt.hash(token, 4), hashAlg: 'bcrypt', keyPrefix })
  const client = userClient(fresh.url)
  let tries = 0
  const updateMany = async ({ args, query }: Update) => {
    if (args.data?.['keyHash'] === undefined) return query(args)
    tries++
    if (tries === 1) throw new Error('the disk is full')
    return query(args)
  }
  const prisma = client.$extends({ query: { apiKey: { updateMany } } })
  const keys = createApiKeys({ prisma, feedUrl: fresh.url, cache: { maxAgeMs }, deadlineMs: 20_000 })
  onTestFinished(async () => {
    await keys.close()
    await client.$disconnect()
  })
  await until(async () => {
    expect((await keys.verify(token)).apiKey.id).toBe(id)
    return tries > 1
  })
  const [row] = await fresh.sql('SELECT key_hash, hash_alg FROM api_keys WHERE id = ?', id)
  expect(row).toEqual({ key_hash: hashToken(token), hash_alg: null })
})
