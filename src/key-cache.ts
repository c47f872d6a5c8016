import { LRUCache } from 'lru-cache'
import { BoundedMap, type Used } from './bounded-map.js'
import { ageMs, type Moment, momentNow } from './clock.js'
import type { Id } from './events.js'
import { HashIndex } from './hash-index.js'
import type { FoundKey, ProvenKey } from './store.js'

/** A record may be trusted so long after a change of it that the feed has not told. */
const leaseMs = 2_000
const maxUnknown = 10_000
const unknownMs = 1_000

export interface KeyCacheSettings {
  /** Keys that are remembered; the oldest are forgotten first, unless they are in use. */
  readonly maxKeys: number
  /** Milliseconds after which a record is read again, whatever the feed says. */
  readonly maxAgeMs: number
  /** Milliseconds for which a record is trusted where no feed is; undefined: not at all. */
  readonly staleMs: number | undefined
}

interface Entry extends Used {
  readonly key: ProvenKey
  readonly readAt: Moment
  /** Whether it was told that the record gets old. */
  isToldOld: boolean
}

/**
 * As it is remembered. Not by a spread, which gives each object a hidden class of its own, and with one text where the two
 * hashes are the same, which was proved before: 350 bytes less for each key.
 */
export const provenBy = (tokenHash: string, { keyHash, hashAlg, state, apiKey, owner }: FoundKey): ProvenKey => ({
  keyHash: keyHash === tokenHash ? tokenHash : keyHash,
  hashAlg,
  state,
  apiKey,
  owner,
  tokenHash,
  tally: undefined
})

/** Of the age at which a record is no longer trusted: then it is told that it gets there. */
const oldAt = 0.75

/**
 * Remembers what was looked up, never the verdict. Nothing in it is trusted unless the change feed has proved, less than
 * a lease ago, that it had told of everything: silence is no proof.
 */
export class KeyCache {
  readonly #settings: KeyCacheSettings
  readonly #entries: BoundedMap<Entry>
  readonly #unknown = new LRUCache<string, Moment>({ max: maxUnknown })
  readonly #hashesOfKey = new HashIndex()
  readonly #hashesOfOwner = new HashIndex()
  readonly #onOld: (key: ProvenKey) => void
  #barrierAt: Moment | undefined
  #whyNot: string | undefined

  /** @param onOld called once for each record that is still in use when it will soon have to be read again */
  constructor(settings: KeyCacheSettings, onOld: (key: ProvenKey) => void = () => {}) {
    this.#settings = settings
    this.#onOld = onOld
    this.#entries = new BoundedMap(settings.maxKeys, (entry, hash) => this.#unlink(entry, hash))
  }

  /** Whether what is remembered may be used now. */
  get isFresh(): boolean {
    return this.#isFreshAt(momentNow())
  }

  #isFreshAt(now: Moment): boolean {
    if (this.#settings.staleMs !== undefined) return true
    return this.#barrierAt !== undefined && ageMs(this.#barrierAt, now) < leaseMs
  }

  /** Why nothing is trusted, where the feed said why. */
  get whyNot(): string | undefined {
    return this.#whyNot
  }

  /** The key with this hash; null where there is none; undefined where that has to be looked up. */
  get(hash: string, now: Moment): ProvenKey | null | undefined {
    if (!this.#isFreshAt(now)) return undefined
    const entry = this.#entries.get(hash)
    if (entry) {
      const maxAgeMs = this.#settings.staleMs ?? this.#settings.maxAgeMs
      const age = ageMs(entry.readAt, now)
      if (age < maxAgeMs) {
        if (age >= maxAgeMs * oldAt) this.#tellOld(entry)
        return entry.key
      }
      this.#entries.delete(hash)
      return undefined
    }
    const unknownAt = this.#unknown.get(hash)
    return unknownAt && ageMs(unknownAt, now) < unknownMs ? null : undefined
  }

  /** @param readAt when the query that found it began */
  set(hash: string, key: ProvenKey | undefined, readAt: Moment): void {
    if (!key) {
      this.#unknown.set(hash, readAt)
      return
    }
    this.#entries.set(hash, { key, readAt, isToldOld: false, wasUsed: false })
    const { id, ownerId } = key.apiKey
    // More than one hash, where a key's hash was replaced and the old one is still remembered.
    this.#hashesOfKey.add(id, hash)
    this.#hashesOfOwner.add(ownerId, hash)
  }

  /** Forgets keys and all keys of owners with these ids. */
  drop(...ids: readonly Id[]): void {
    for (const id of ids) {
      for (const hash of [...this.#hashesOfKey.of(id), ...this.#hashesOfOwner.of(id)]) this.#entries.delete(hash)
    }
  }

  /** Forgets what is remembered under one hash. */
  forget(hash: string): void {
    this.#entries.delete(hash)
  }

  dropUnknown(): void {
    this.#unknown.clear()
  }

  clear(): void {
    this.#entries.clear()
    this.#unknown.clear()
  }

  /** The feed has told of all that was committed before this moment. */
  proved(askedAt: Moment): void {
    this.#barrierAt = askedAt
    this.#whyNot = undefined
  }

  /**
   * The feed is lost. One that can't be reached proved enough until its lease ends; after any other failure nothing is
   * trusted before its next proof, since what it proved is in doubt.
   */
  distrust(why: string): void {
    if (why !== 'unreachable') this.#barrierAt = undefined
    this.#whyNot = why
  }

  #tellOld(entry: Entry): void {
    if (entry.isToldOld) return
    entry.isToldOld = true
    this.#onOld(entry.key)
  }

  #unlink({ key }: Entry, hash: string): void {
    key.tally?.letGo()
    const { id, ownerId } = key.apiKey
    this.#hashesOfKey.remove(id, hash)
    this.#hashesOfOwner.remove(ownerId, hash)
  }
}
