/** Run by sqlite-refusals.test.ts: opens files as a user without rights, and says what came of each. */
import { createApiKeys } from 'keystile'
import { becomeNobody } from './nobody.js'
import '../../src/database/libsql.js'
import '@prisma/adapter-libsql'
import '../../src/generated/sqlite/client.js'

becomeNobody()

const outcomes: object[] = []
for (const path of process.argv.slice(2)) {
  const keys = createApiKeys({ url: `file:${path}` })
  const outcome = await keys.ready().then(
    () => ({ name: 'none', code: 'none', message: '' }),
    ({ name, code, message }) => ({ name, code, message })
  )
  outcomes.push(outcome)
  await keys.close()
}
process.stdout.write(JSON.stringify(outcomes))
