import { type ApiKeyEvent, type ChangedBy, eventTypes, type NewEvent } from '../audit.js'
import type { EventQuery, Store } from '../store.js'
import { attempt } from './attempt.js'
import type { Client, ClientShape, Models, Row } from './client.js'

/** Entries that are removed together. */
const chunkSize = 1_000

/** Writes entries of the audit trail, in the transaction of the change that they tell of. */
export async function writeEvents(
  tx: Models,
  events: readonly NewEvent[],
  { actor, ip }: ChangedBy,
  createdAt: Date
): Promise<void> {
  const data = events.map(({ type, apiKey, changes }) => ({
    type,
    apiKeyId: String(apiKey.id),
    ownerId: String(apiKey.ownerId),
    actor,
    ip,
    changes: JSON.stringify(changes),
    createdAt
  }))
  if (data.length > 0) await tx.apiKeyEvent.createMany({ data })
}

function toEvent(row: Row): ApiKeyEvent {
  const { type, changes } = row
  return Object.freeze({
    id: String(row['id']),
    type: eventTypes.find((known) => known === type) ?? 'updated',
    apiKeyId: String(row['apiKeyId']),
    ownerId: String(row['ownerId']),
    actor: typeof row['actor'] === 'string' ? row['actor'] : null,
    ip: typeof row['ip'] === 'string' ? row['ip'] : null,
    changes: readChanges(changes),
    createdAt: row['createdAt'] as Date
  })
}

/** What others wrote there must not make the page of a trail unreadable. */
function readChanges(text: unknown): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(String(text))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function whereOf({ apiKeyId, ownerId, after }: EventQuery): object {
  const about = { ...(apiKeyId !== undefined && { apiKeyId }), ...(ownerId !== undefined && { ownerId }) }
  if (!after) return about
  const { createdAt, id } = after
  return { AND: [about, { OR: [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: id } }] }] }
}

export function prismaEvents(client: Client, { provider }: ClientShape): Pick<Store, 'listEvents' | 'pruneEvents'> {
  return {
    async listEvents(query) {
      const rows = await attempt(provider, () =>
        client.apiKeyEvent.findMany({
          where: whereOf(query),
          orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
          take: query.limit
        })
      )
      return rows.map(toEvent)
    },

    async pruneEvents(before) {
      let removed = 0
      for (;;) {
        const over = { where: { createdAt: { lt: before } }, select: { id: true }, take: chunkSize }
        const rows = await attempt(provider, () => client.apiKeyEvent.findMany(over))
        if (rows.length === 0) return removed
        const where = { id: { in: rows.map(({ id }) => id) } }
        removed += (await attempt(provider, () => client.$transaction((tx) => tx.apiKeyEvent.deleteMany({ where }))))
          .count
      }
    }
  }
}
