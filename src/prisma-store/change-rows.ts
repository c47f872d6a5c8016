import type { ApiKeyRecord } from '../api-key.js'
import type { Clock } from '../clock.js'
import { ApiKeyError, showId } from '../errors.js'
import type { Id } from '../events.js'
import type { KeyChange, NewKey } from '../store.js'
import type { Models } from './client.js'
import { readRecord } from './reads.js'

/** The condition of every change but a revocation: a revoked key stays as it is. */
export const notRevoked = { isActive: true, revokedAt: null }

export const conflict = (message: string) => new ApiKeyError('conflict', message)
export const notFound = (id: Id) => new ApiKeyError('not_found', `There is no key with the id ${showId(id)}.`)

export async function existing(models: Models, id: Id, clock: Clock): Promise<ApiKeyRecord> {
  const record = await readRecord(models, id, clock)
  if (!record) throw notFound(id)
  return record
}

const asJson = (value: object | null) => value && JSON.stringify(value)

export function columnsOf(change: KeyChange): Record<string, unknown> {
  const { name, scopes, expiresAt, metadata, allowedIps, rateLimit } = change
  return {
    ...(name !== undefined && { name }),
    ...(scopes !== undefined && { scopes: JSON.stringify(scopes) }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(metadata !== undefined && { metadata: asJson(metadata) }),
    ...(allowedIps !== undefined && { allowedIps: asJson(allowedIps) }),
    ...(rateLimit !== undefined && { rateLimit: asJson(rateLimit) })
  }
}

export function rowOf(key: NewKey): object {
  const { ownerId: userId, keyHash, hashAlg, keyPrefix, createdAt } = key
  return { ...columnsOf(key), userId, keyHash, hashAlg, keyPrefix, createdAt, updatedAt: createdAt }
}
