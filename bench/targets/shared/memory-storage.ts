/** Secondary storage of Better Auth in this process: https://better-auth.com/docs/plugins/api-key/advanced#storage-modes */
import type { SecondaryStorage } from 'better-auth'

interface Entry {
  readonly value: string
  /** Milliseconds since 1970; Infinity is never. */
  readonly endsAt: number
}

/** @param entries what is there from the start, for good */
export function memoryStorage(entries: ReadonlyMap<string, string>): SecondaryStorage {
  const storage = new Map<string, Entry>()
  const endOf = (ttl: number | undefined) => (ttl === undefined ? Number.POSITIVE_INFINITY : Date.now() + ttl * 1_000)
  const entryOf = (key: string): Entry | undefined => {
    const entry = storage.get(key)
    if (entry === undefined || entry.endsAt === Number.POSITIVE_INFINITY || entry.endsAt > Date.now()) return entry
    storage.delete(key)
    return undefined
  }
  for (const [key, value] of entries) storage.set(key, { value, endsAt: endOf(undefined) })
  return {
    get: (key) => entryOf(key)?.value ?? null,
    set: (key, value, ttl) => void storage.set(key, { value, endsAt: endOf(ttl) }),
    delete: (key) => void storage.delete(key),
    getAndDelete(key) {
      const entry = entryOf(key)
      storage.delete(key)
      return entry?.value ?? null
    },
    increment(key, ttl) {
      const { value, endsAt } = entryOf(key) ?? { value: '0', endsAt: endOf(ttl) }
      const count = Number(value) + 1
      storage.set(key, { value: String(count), endsAt })
      return count
    }
  }
}
