import type { WatchedTables } from '../change-feed.js'
import { unquote } from '../sql-names.js'
import type { ClientShape } from './client.js'
import { watchedKeyFields } from './key-models.js'

/** What a change feed watches for a client of the app's own, by the names that its database has. */
export function watchedTables(shape: ClientShape): WatchedTables {
  const columns = (fields: readonly string[]) => fields.map((field) => unquote(shape.column('ApiKey', field)))
  return {
    keys: unquote(shape.table('ApiKey')),
    keyId: unquote(shape.column('ApiKey', 'id')),
    keyColumns: columns(watchedKeyFields),
    uniqueKeyColumns: columns(['keyHash', 'rotatedFromId']),
    owners: shape.names.hasOwner ? unquote(shape.table('User')) : null,
    ownerId: unquote(shape.column('User', 'id')),
    ownerColumns: shape.ownerReads.map((field) => unquote(shape.column('User', field))),
    uniqueOwnerColumns: shape.uniqueOwnerColumns
  }
}

/** The schema that PostgreSQL has the keys in: a client's adapter may say another one than a URL does. */
export function schemaOfKeys(shape: ClientShape): string | undefined {
  const quoted = /^("(?:[^"]|"")*")\./.exec(shape.table('ApiKey'))?.[1]
  return quoted === undefined ? undefined : unquote(quoted)
}
