import type { ApiKeyRecord } from './api-key.js'
import type { Clock } from './clock.js'
import { parseCursor, toPage } from './cursor.js'
import type { Duration } from './duration.js'
import type { Id } from './events.js'
import { type ListKeysInput, ownFields, parseGrace, parseId, parseLimit } from './key-input.js'
import type { Store } from './store.js'

export interface KeyPage {
  readonly items: readonly ApiKeyRecord[]
  /** Where the next page begins; null on the last. */
  readonly nextCursor: string | null
}

export interface FindExpiringInput extends ListKeysInput {
  /** How far ahead: `'14d'`. */
  readonly within: Duration
}

interface ListsParts {
  readonly store: () => Promise<Store>
  readonly clock: Clock
}

/** Keys as they are, for management. Rejects as `Keys` does. */
export class KeyLists {
  readonly #parts: ListsParts

  constructor(parts: ListsParts) {
    this.#parts = parts
  }

  /** The key with this id, or null. */
  async get(id: Id): Promise<ApiKeyRecord | null> {
    const store = await this.#parts.store()
    return (await store.get(parseId('id', id))) ?? null
  }

  /** Keys, newest first, a page at a time: all of them, or those of one owner. */
  async list(input: ListKeysInput = {}): Promise<KeyPage> {
    const given = ownFields('list', input, ['ownerId', 'limit', 'cursor'])
    const { limit, after, owned } = pageOf(given)
    const behind = after && { after: { createdAt: after.at, id: after.id } }
    const store = await this.#parts.store()
    const found = await store.list({ limit: limit + 1, ...owned, ...behind })
    return toPage(found, limit, ({ createdAt }) => createdAt)
  }

  /**
   * Keys that expire soon, the soonest first, a page at a time; keys that are revoked, or rotated already, are not among
   * them. For a daily job that tells their owners.
   */
  async findExpiring(input: FindExpiringInput): Promise<KeyPage> {
    const given = ownFields('findExpiring', input, ['within', 'ownerId', 'limit', 'cursor'])
    const from = new Date(this.#parts.clock())
    const to = new Date(from.getTime() + parseGrace(given.within, 'within'))
    const { limit, after, owned } = pageOf(given)
    const behind = after && { after: { expiresAt: after.at, id: after.id } }
    const store = await this.#parts.store()
    const found = await store.listExpiring({ from, to, limit: limit + 1, ...owned, ...behind })
    return toPage(found, limit, ({ expiresAt }) => expiresAt as Date)
  }
}

function pageOf({ ownerId, limit = 50, cursor }: ListKeysInput) {
  return {
    limit: parseLimit(limit),
    after: cursor === undefined ? undefined : parseCursor(cursor),
    owned: ownerId === undefined ? undefined : { ownerId: parseId('ownerId', ownerId) }
  }
}
