/** Run by sqlite-refusals.test.ts: a file that loses its rights while it is in use. */
import { chmodSync } from 'node:fs'
import { createApiKeys } from 'keystile'
import '../../src/database/libsql.js'
import '@prisma/adapter-libsql'
import '../../src/generated/sqlite/client.js'
import { becomeNobody } from './nobody.js'

const [, , folder = ''] = process.argv
const url = `file:${folder}/keys.db`

const first = createApiKeys({ url })
const { owner } = await first.ensureOwner({ email: 'ada@example.com' })
const { token } = await first.create({ ownerId: owner.id, name: 'laptop' })
await first.close()

becomeNobody()
const keys = createApiKeys({ url })
await keys.verify(token)
for (const [path, mode] of [[`${folder}/keys.db`, 0o444] as const, [folder, 0o555] as const]) chmodSync(path, mode)
const { apiKey } = await keys.verify(token)
const { unwritten } = await keys.close()
const later = await createApiKeys({ url })
  .ready()
  .catch((error: { code: string }) => error.code)
process.stdout.write(JSON.stringify({ letIn: apiKey.name, unwritten, later }))
