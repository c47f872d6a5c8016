import type { ApiKeyRecord } from '../api-key.js'
import type { ApiKeyEvent } from '../audit.js'
import type { Id } from '../events.js'
import type { UsageReport } from '../usage-report.js'

/** A key as the management API shows it: ids are text, and metadata, which is the app's own, is left out. */
export function keyDocument(record: ApiKeyRecord, rotatedToId: Id | undefined, recent?: UsageReport): object {
  const { id, ownerId, rotatedFromId } = record
  return {
    id: String(id),
    ownerId: String(ownerId),
    name: record.name,
    keyPrefix: record.keyPrefix,
    scopes: record.scopes,
    allowedIps: record.allowedIps,
    rateLimit: record.rateLimit,
    status: record.status,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    expiresAt: record.expiresAt,
    lastUsedAt: record.lastUsedAt,
    lastUsedIp: record.lastUsedIp,
    usageCount: record.usageCount,
    revokedAt: record.revokedAt,
    revokedReason: record.revokedReason,
    rotatedFromId: rotatedFromId === null ? null : String(rotatedFromId),
    rotatedToId: rotatedToId === undefined ? null : String(rotatedToId),
    ...(recent && { recentUsage: recentDocument(recent) })
  }
}

const recentDocument = ({ from, buckets }: UsageReport) => ({
  from,
  allowed: buckets.map(({ allowed }) => allowed),
  denied: buckets.map(({ denied }) => denied)
})

/** Without changes of metadata, as keys are shown without it. */
export function eventDocument({ changes, ...event }: ApiKeyEvent): object {
  const { metadata, ...shown } = changes
  return { ...event, changes: shown }
}
