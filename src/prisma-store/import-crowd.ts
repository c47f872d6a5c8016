import type { RowProblem } from '../errors.js'
import type { ImportedKey } from '../imported-key.js'
import { maxCandidates } from '../token-form.js'
import type { Models } from './client.js'
import { shownOf } from './import-alike.js'

/**
 * Keys with slow hashes that show a beginning with which more would be compared with one token than may be. One that shows
 * less than another is compared with the same tokens.
 */
export async function crowded(models: Models, fresh: readonly ImportedKey[]): Promise<RowProblem[]> {
  const slow = fresh.filter(({ hashAlg }) => hashAlg === 'bcrypt')
  if (slow.length === 0) return []
  const there = await models.apiKey.findMany({ where: { hashAlg: 'bcrypt' }, select: { keyPrefix: true } })
  const counts = new Map<string, number>()
  for (const { keyPrefix } of [...(there as unknown as { keyPrefix: string }[]), ...slow]) {
    const shown = shownOf({ keyPrefix })
    counts.set(shown, (counts.get(shown) ?? 0) + 1)
  }
  const most = new Map<string, number>()
  for (const shown of counts.keys()) {
    const starts = startsOf(shown).filter((start) => counts.has(start))
    const count = starts.reduce((sum, start) => sum + (counts.get(start) ?? 0), 0)
    for (const start of starts) most.set(start, Math.max(count, most.get(start) ?? 0))
  }
  return slow.flatMap((key) => {
    const count = most.get(shownOf(key)) ?? 0
    return count > maxCandidates ? [{ row: key.row, reason: reasonFor(count) }] : []
  })
}

/** `s`, `sk`, `sk_` ... */
const startsOf = (shown: string) => Array.from(shown, (_, index) => shown.slice(0, index + 1))

const reasonFor = (count: number) =>
  `${count} keys with bcrypt hashes show the same beginning, and at most ${maxCandidates} are compared with one token: their key_prefix has to show more`
