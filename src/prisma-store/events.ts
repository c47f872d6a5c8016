import { type ApiKeyEvent, type ChangedBy, eventTypes, type NewEvent } from '../audit.js'
import type { EventQuery, Store } from '../store.js'
import { attempt } from './attempt.js'
import { newestFirst } from './behind.js'
import type { Client, ClientShape, Models, Row } from './client.js'
import { removeOlder } from './remove-older.js'

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

function pageOf(client: Client, { apiKeyId, ownerId, ...page }: EventQuery): Promise<object> {
  const where = { ...(apiKeyId !== undefined && { apiKeyId }), ...(ownerId !== undefined && { ownerId }) }
  return newestFirst(client.apiKeyEvent, where, page)
}

export function prismaEvents(client: Client, shape: ClientShape): Pick<Store, 'listEvents' | 'pruneEvents'> {
  return {
    listEvents: (query) =>
      attempt(shape.provider, async () => {
        const rows = await client.apiKeyEvent.findMany(await pageOf(client, query))
        return rows.map(toEvent)
      }),

    pruneEvents: (before) => removeOlder(client, shape, 'ApiKeyEvent', 'createdAt', before)
  }
}
