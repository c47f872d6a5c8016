import { allDigestsOf, type HashPolicy } from './hash.js'
import { isSlowHashOf } from './slow-hashes.js'
import type { FoundKey, Store } from './store.js'
import { hasForm, mayHaveForm, shownStart } from './token-form.js'

/**
 * A key by its token, whatever its prefix, checksum and hash: where a key has leaked, none of an earlier setting, and none
 * that is refused, may pass for unknown.
 */
export async function findByToken(store: Store, token: string, policy: HashPolicy): Promise<FoundKey | undefined> {
  if (!mayHaveForm(token)) return undefined
  const digests = allDigestsOf(token, policy).map(({ keyHash }) => keyHash)
  const [found] = (await store.findByHashes(digests)).values()
  if (found) return found
  const forms = (await store.listForms()).filter((form) => form.hashAlg === 'bcrypt' && hasForm(token, form))
  const starts = new Set(forms.map(({ shownLength }) => shownStart(token, shownLength)))
  const candidates = starts.size > 0 ? await store.findSlow([...starts]) : []
  for (const key of candidates) if (await isSlowHashOf(token, key.keyHash)) return key
  return undefined
}
