import type { WatchedTables } from '../change-feed.js'

/** The tables of the embedded default, and of whoever took over prisma/models.prisma as it is. */
export const ownTables: WatchedTables = {
  keys: 'api_keys',
  keyId: 'id',
  keyColumns: [
    'id',
    'user_id',
    'name',
    'key_hash',
    'key_prefix',
    'hash_alg',
    'scopes',
    'is_active',
    'expires_at',
    'revoked_at',
    'revoked_reason',
    'rotated_from_id',
    'metadata',
    'allowed_ips',
    'rate_limit',
    'created_at'
  ],
  uniqueKeyColumns: ['key_hash', 'rotated_from_id'],
  owners: 'users',
  ownerId: 'id',
  ownerColumns: ['id', 'email', 'name', 'is_active'],
  uniqueOwnerColumns: ['email']
}

/** A change of the id is one too, whatever was asked for. */
export const watchedKeyColumns = ({ keyId, keyColumns }: WatchedTables) => [...new Set([keyId, ...keyColumns])]
export const watchedOwnerColumns = ({ ownerId, ownerColumns }: WatchedTables) => [
  ...new Set([ownerId, ...ownerColumns])
]
