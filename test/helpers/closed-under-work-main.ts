/** Run by test/database/closed-under-work.test.ts: closes instances while changes are under way, and prints what became of them. */
import { createApiKeys } from 'keystile'

const url = process.argv[2] ?? ''
const made: string[] = []
let refused = 0

for (let round = 0; round < 20; round++) {
  const keys = createApiKeys({ url })
  const { owner } = await keys.ensureOwner({ email: 'ada@example.com' })
  const creating = Array.from({ length: 10 }, (_, index) =>
    keys.create({ ownerId: owner.id, name: `key ${round} ${index}` }).then(
      ({ apiKey }) => made.push(String(apiKey.id)),
      () => refused++
    )
  )
  // A turn or some later, to meet them at different places.
  for (let turn = 0; turn < round; turn++) await new Promise(setImmediate)
  const closing = keys.close({ timeoutMs: 0 })
  await Promise.all(creating)
  await closing
  await keys.create({ ownerId: owner.id, name: 'late' }).catch(() => {})
}

console.log(JSON.stringify({ made, refused }))
