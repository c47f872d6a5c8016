/** Run by openers.ts. */
import { createApiKeys } from 'keystile'
import { openDatabase } from '../../src/database/index.js'
import { parseDatabaseUrl } from '../../src/database/url.js'

const [, , url = '', migrate = ''] = process.argv

// What opening loads lazily.
await import('../../src/database/libsql.js')
await import('@prisma/adapter-libsql')
await import('@prisma/adapter-pg')
await import('../../src/generated/sqlite/client.js')
await import('../../src/generated/postgresql/client.js')

process.once('message', async () => {
  try {
    const settings = { deadlineMs: 10_000, migrate: migrate === 'true' }
    const { client, applied } = await openDatabase(parseDatabaseUrl(url, 'url'), settings)
    await client.$disconnect()
    process.send?.({ applied, letIn: await isLetIn() })
  } catch (error) {
    process.send?.({ error: String(error) })
  }
})
process.send?.('loaded')

async function isLetIn(): Promise<boolean> {
  const keys = createApiKeys({ url })
  const { owner } = await keys.ensureOwner({ email: 'ada@example.com' })
  const { token, apiKey } = await keys.create({ ownerId: owner.id, name: 'laptop' })
  const verified = await keys.verify(token)
  await keys.close()
  return verified.apiKey.id === apiKey.id
}
