import { allDigestsOf, type HashPolicy } from './hash.js'
import { isSlowHashOf } from './slow-hashes.js'
import type { FoundKey, Store } from './store.js'
import { hasForm, mayHaveForm, shownStarts } from './token-form.js'

/**
 * The keys of a token, whatever its prefix, checksum and hash: where a key has leaked, none of an earlier setting, and none
 * that is refused, may pass for unknown. More than one where a token was imported twice.
 */
export async function findByToken(store: Store, token: string, policy: HashPolicy): Promise<readonly FoundKey[]> {
  if (!mayHaveForm(token)) return []
  const digests = allDigestsOf(token, policy).map(({ keyHash }) => keyHash)
  const found = [...(await store.findByHashes(digests)).values()]
  const forms = (await store.listForms()).filter((form) => form.hashAlg === 'bcrypt' && hasForm(token, form))
  const starts = shownStarts(token, forms)
  const candidates = starts.length > 0 ? await store.findSlow(starts) : []
  for (const key of candidates) if (await isSlowHashOf(token, key.keyHash)) found.push(key)
  return found
}
