import type { Id } from './events.js'

/**
 * Which hashes belong to an id. Most ids have one: that is kept as it is, since a set for each takes 200 bytes. Ids are
 * compared as text: what one caller has as 5 is 5n in a row.
 */
export class HashIndex {
  readonly #hashes = new Map<string, string | Set<string>>()

  add(id: Id, hash: string): void {
    const key = String(id)
    const known = this.#hashes.get(key)
    if (known === undefined) this.#hashes.set(key, hash)
    else if (typeof known !== 'string') known.add(hash)
    else if (known !== hash) this.#hashes.set(key, new Set([known, hash]))
  }

  remove(id: Id, hash: string): void {
    const key = String(id)
    const known = this.#hashes.get(key)
    if (known === undefined) return
    if (typeof known !== 'string') known.delete(hash)
    if (known === hash || (typeof known !== 'string' && known.size === 0)) this.#hashes.delete(key)
  }

  /** Those of an id, in an array of their own: they may be removed meanwhile. */
  of(id: Id): readonly string[] {
    const known = this.#hashes.get(String(id))
    if (known === undefined) return []
    return typeof known === 'string' ? [known] : [...known]
  }
}
