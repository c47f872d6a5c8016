/** An instance on an SQLite file of its own, with one owner; it closes after the file's tests. */

import { createClient } from '@libsql/client'
import {
  type ApiKeys,
  type ApiKeysOptions,
  type CreatedKey,
  type CreateKeyInput,
  createApiKeys,
  type Id
} from 'keystile'
import { afterEachFile } from './after-each-file.js'
import { freshSqlite } from './databases.js'

export interface EmbeddedKeys {
  readonly keys: ApiKeys
  readonly url: string
  readonly ownerId: Id
  /** A new key of the owner, and the value of an Authorization header with it. */
  issue(input?: Partial<CreateKeyInput>): Promise<CreatedKey & { readonly bearer: string }>
  /** What somebody does to the database behind keystile's back. */
  sql(statement: string, ...values: (string | number | null)[]): Promise<Record<string, unknown>[]>
}

const open: ApiKeys[] = []

afterEachFile(async () => {
  for (const keys of open.splice(0)) await keys.close()
})

export async function embeddedKeys(options: Omit<ApiKeysOptions, 'url' | 'prisma'> = {}): Promise<EmbeddedKeys> {
  const url = await freshSqlite()
  const keys = createApiKeys({ ...options, url })
  open.push(keys)
  const { owner } = await keys.ensureOwner({ email: 'ada@example.com', name: 'Ada' })
  return {
    keys,
    url,
    ownerId: owner.id,
    async issue(input = {}) {
      const created = await keys.create({ ownerId: owner.id, name: 'laptop', ...input })
      return { ...created, bearer: `Bearer ${created.token}` }
    },
    async sql(statement, ...values) {
      const client = createClient({ url, timeout: 1_000 })
      try {
        const { rows } = await client.execute({ sql: statement, args: values })
        return rows.map((row) => ({ ...row }))
      } finally {
        client.close()
      }
    }
  }
}
