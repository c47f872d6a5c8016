import type { WatchedTables } from '../change-feed.js'
import type { ClientShape } from './client.js'
import { watchedKeyFields } from './key-models.js'

/** What a change feed watches for a client of the app's own, by the names that its database has. */
export function watchedTables(shape: ClientShape): WatchedTables {
  const columns = (fields: readonly string[]) => fields.map((field) => plain(shape.column('ApiKey', field)))
  return {
    keys: plain(shape.table('ApiKey')),
    keyId: plain(shape.column('ApiKey', 'id')),
    keyColumns: columns(watchedKeyFields),
    uniqueKeyColumns: columns(['keyHash', 'rotatedFromId']),
    owners: shape.names.hasOwner ? plain(shape.table('User')) : null,
    ownerId: plain(shape.column('User', 'id')),
    ownerColumns: shape.ownerReads.map((field) => plain(shape.column('User', field))),
    // Prisma's client does not know which columns of the app's are unique.
    uniqueOwnerColumns: []
  }
}

/** The schema that PostgreSQL has the keys in: a client's adapter may say another one than a URL does. */
export function schemaOfKeys(shape: ClientShape): string | undefined {
  const quoted = /^"((?:[^"]|"")*)"\./.exec(shape.table('ApiKey'))?.[1]
  return quoted?.replaceAll('""', '"')
}

/** A name as the database's catalogue has it, without quotes and schema. */
const plain = (quoted: string) =>
  quoted
    .replace(/^"(?:[^"]|"")*"\.(?=")/, '')
    .slice(1, -1)
    .replaceAll('""', '"')
