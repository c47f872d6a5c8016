/** A bcrypt hash that another process replaces between the two look-ups of a token: the key is found all the same. */
import bcrypt from 'bcrypt'
import { createApiKeys } from 'keystile'
import { expect, test } from 'vitest'
import { hashToken } from '../../src/hash.js'
import { databases } from '../helpers/databases.js'
import { freshKeys } from '../helpers/keys.js'
import { userClient } from '../helpers/user-client.js'
import { foreignToken, insertForm, insertRow } from './rows.js'

interface Lookup {
  readonly args: { readonly where?: Readonly<Record<string, unknown>> }
  query(args: unknown): Promise<unknown>
}

test.each(databases.flatMap((database) => [0, 1].map((others) => ({ ...database, others }))))(
  'on $name, beside $others rows that show the same start',
  async ({ others, ...database }) => {
    const fresh = await freshKeys(database)
    await insertForm(fresh, 'bcrypt', 13)
    const token = foreignToken()
    const keyPrefix = `${token.slice(0, 13)}...`
    const id = await insertRow(fresh, { keyHash: await bcrypt.hash(token, 4), hashAlg: 'bcrypt', keyPrefix })
    for (let i = 0; i < others; i++)
      await insertRow(fresh, { keyHash: await bcrypt.hash(foreignToken(), 4), hashAlg: 'bcrypt', keyPrefix })
    const client = userClient(fresh.url)
    const findMany = async ({ args, query }: Lookup) => {
      if (args.where?.['keyPrefix'] !== undefined)
        await fresh.sql('UPDATE api_keys SET key_hash = ?, hash_alg = NULL WHERE id = ?', hashToken(token), id)
      return query(args)
    }
    const keys = createApiKeys({ prisma: client.$extends({ query: { apiKey: { findMany } } }), deadlineMs: 20_000 })
    expect((await keys.verify(token)).apiKey.id).toBe(id)
    await keys.close()
    await client.$disconnect()
  }
)
