import type { ApiKeyEvent } from './audit.js'
import type { Clock } from './clock.js'
import { parseCursor, toPage } from './cursor.js'
import type { Duration } from './duration.js'
import { ApiKeyError, showId } from './errors.js'
import type { Id } from './events.js'
import { type ChangeContext, ownFields, parseContext, parseGrace, parseId, parseLimit } from './key-input.js'
import type { Store } from './store.js'
import { fillBuckets, parseSpan, type UsageInput, type UsageReport } from './usage-report.js'

export interface ListEventsInput {
  /** Only what was done to this key, which may be gone. */
  readonly apiKeyId?: Id
  /** Only what was done to keys of this owner. */
  readonly ownerId?: Id
  /** 1 to 100; 50 by default. */
  readonly limit?: number
  /** `nextCursor` of the page before. */
  readonly cursor?: string
}

export interface EventPage {
  readonly items: readonly ApiKeyEvent[]
  /** Where the next page begins; null on the last. */
  readonly nextCursor: string | null
}

export interface Pruned {
  /** Keys. */
  readonly deleted: number
  /** Entries of the audit trail. */
  readonly deletedEvents: number
  /** Hours of usage, of one key each. */
  readonly deletedHours: number
}

interface HistoryParts {
  readonly store: () => Promise<Store>
  readonly clock: Clock
  /** Milliseconds for which the audit trail is kept. */
  readonly keepEventsMs: number
  /** Milliseconds for which usage by the hour is kept. */
  readonly keepUsageMs: number
  /** Whether the audit trail has addresses. */
  readonly storesIps: boolean
}

/** What was done to keys and with them, for as long as it is kept. Rejects as `Keys` does. */
export class KeyHistory {
  readonly #parts: HistoryParts

  constructor(parts: HistoryParts) {
    this.#parts = parts
  }

  /** The audit trail, newest first, a page at a time. */
  async events(input: ListEventsInput = {}): Promise<EventPage> {
    const given = ownFields('events', input, ['apiKeyId', 'ownerId', 'limit', 'cursor'])
    const { limit = 50, cursor, apiKeyId, ownerId } = given
    const most = parseLimit(limit)
    const after = cursor === undefined ? undefined : parseCursor(cursor)
    const query = {
      limit: most + 1,
      ...(apiKeyId !== undefined && { apiKeyId: String(parseId('apiKeyId', apiKeyId)) }),
      ...(ownerId !== undefined && { ownerId: String(parseId('ownerId', ownerId)) }),
      ...(after && { after: { createdAt: after.at, id: String(after.id) } })
    }
    const found = await (await this.#parts.store()).listEvents(query)
    return toPage(found, most, ({ createdAt }) => createdAt)
  }

  /**
   * What became of a key's requests, by hours or days of UTC: by default the last 30 days. Requests of the last second
   * may not be written yet.
   * @throws ApiKeyError `not_found` where there is no such key, nor usage of one in that time
   */
  async usage(id: Id, input: UsageInput = {}): Promise<UsageReport> {
    const apiKeyId = parseId('id', id)
    const span = parseSpan(input, this.#parts.clock())
    const store = await this.#parts.store()
    const hours = await store.readUsage({ apiKeyIds: [apiKeyId], ...span })
    if (hours.length === 0 && !(await store.get(apiKeyId)))
      throw new ApiKeyError('not_found', `There is no key with the id ${showId(id)}.`)
    return fillBuckets(span, hours)
  }

  /**
   * Removes keys that expired, or were revoked, longer ago than `olderThan` (default `'30d'`), and what is older than the
   * options `keepEventsFor` and `keepUsageFor` say.
   */
  async prune(input: { readonly olderThan?: Duration } = {}, context?: ChangeContext): Promise<Pruned> {
    const { olderThan = '30d' } = ownFields('prune', input, ['olderThan'])
    const { store: open, clock, keepEventsMs, keepUsageMs, storesIps } = this.#parts
    const by = parseContext('prune', context, storesIps)
    const ago = (ms: number) => new Date(clock() - ms)
    const before = ago(parseGrace(olderThan, 'olderThan'))
    const store = await open()
    return {
      deleted: await store.prune(before, by),
      deletedEvents: await store.pruneEvents(ago(keepEventsMs)),
      deletedHours: await store.pruneUsage(ago(keepUsageMs))
    }
  }
}
