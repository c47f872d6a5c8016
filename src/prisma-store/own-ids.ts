import { ApiKeyError, invalidArgument, showId } from '../errors.js'
import type { Id } from '../events.js'
import type { Store } from '../store.js'
import { notFound } from './change-rows.js'
import type { ClientShape } from './client.js'
import { idFor, keyIdFor, ownerIdFor } from './ids.js'
import type { KeyModel } from './key-models.js'

/** A page of another row; where the row can be none, what was given is no cursor. */
interface Paged {
  readonly ownerId?: Id
  readonly after?: { readonly id: Id }
}

/** A store of these that takes ids as they are given, and hands on what can be one: nothing else gets into a query. */
export function withOwnIds(store: Store, shape: ClientShape): Store {
  const keyId = (id: Id): Id => {
    const own = keyIdFor(shape, id)
    if (own === undefined) throw notFound(id)
    return own
  }
  const page = <Query extends Paged>(query: Query): Query | undefined => {
    const after = query.after && { ...query.after, id: cursorId(shape, 'ApiKey', query.after.id) }
    const ownerId = query.ownerId === undefined ? undefined : ownerIdFor(shape, query.ownerId)
    if (query.ownerId !== undefined && ownerId === undefined) return undefined
    return { ...query, ...(ownerId !== undefined && { ownerId }), ...(after && { after }) }
  }
  return {
    ...store,
    ...eventsByOwnIds(store, shape),

    async get(id) {
      const own = keyIdFor(shape, id)
      return own === undefined ? undefined : store.get(own)
    },

    async list(query) {
      const own = page(query)
      return own ? store.list(own) : []
    },

    async listExpiring(query) {
      const own = page(query)
      return own ? store.listExpiring(own) : []
    },

    async create(key, by) {
      const ownerId = ownerIdFor(shape, key.ownerId)
      if (ownerId === undefined) throw noSuchOwner(key.ownerId)
      return store.create({ ...key, ownerId }, by)
    },

    update: async (id, ...rest) => store.update(keyId(id), ...rest),
    rotate: async (id, ...rest) => store.rotate(keyId(id), ...rest),
    revoke: async (id, ...rest) => store.revoke(keyId(id), ...rest),
    delete: async (id, ...rest) => store.delete(keyId(id), ...rest),

    async revokeOwner(id, ...rest) {
      const ownerId = ownerIdFor(shape, id)
      return ownerId === undefined ? [] : store.revokeOwner(ownerId, ...rest)
    }
  }
}

/** The trail and the hours have ids as text, which an app may have made columns for UUIDs. */
function eventsByOwnIds(store: Store, shape: ClientShape): Pick<Store, 'listEvents' | 'readUsage'> {
  const text = (model: KeyModel, field: string, id: Id) => idFor(shape, model, field, String(id)) as string | undefined
  return {
    async listEvents({ apiKeyId, ownerId, after, ...query }) {
      const key = apiKeyId === undefined ? apiKeyId : text('ApiKeyEvent', 'apiKeyId', apiKeyId)
      const owner = ownerId === undefined ? ownerId : text('ApiKeyEvent', 'ownerId', ownerId)
      const behind = after && { ...after, id: cursorId(shape, 'ApiKeyEvent', after.id) }
      if ((apiKeyId !== undefined && key === undefined) || (ownerId !== undefined && owner === undefined)) return []
      return store.listEvents({
        ...query,
        ...(key !== undefined && { apiKeyId: key }),
        ...(owner !== undefined && { ownerId: owner }),
        ...(behind && { after: behind })
      })
    },

    async readUsage({ apiKeyIds, ...query }) {
      const own = apiKeyIds.flatMap((id) => text('ApiKeyUsage', 'apiKeyId', id) ?? [])
      return store.readUsage({ ...query, apiKeyIds: own })
    }
  }
}

function cursorId(shape: ClientShape, model: KeyModel, id: Id): Id {
  const own = idFor(shape, model, 'id', id)
  if (own === undefined) throw invalidArgument('cursor', 'cursor must be the nextCursor of the page before.')
  return own
}

export const noSuchOwner = (id: Id) =>
  new ApiKeyError('owner_not_found', `There is no owner with the id ${showId(id)}.`)
