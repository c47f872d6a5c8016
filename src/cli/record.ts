import type { ApiKeyRecord } from '../api-key.js'
import { type Colour, paint } from './colour.js'
import { printTable } from './print-table.js'
import { printable } from './printable.js'
import type { Column } from './table.js'

/** A record as --json prints it: ids are strings, whatever they are in the model. */
export function recordDocument(record: ApiKeyRecord): object {
  const { id, ownerId, rotatedFromId } = record
  return {
    ...record,
    id: String(id),
    ownerId: String(ownerId),
    rotatedFromId: rotatedFromId === null ? null : String(rotatedFromId)
  }
}

type Field = keyof ApiKeyRecord

/** A damaged value is not known: it must not read like a missing one, which means "never" or "none". */
const unless = (record: ApiKeyRecord, field: Field, text: () => string) =>
  record.damaged.includes(field) ? 'damaged' : printable(text())

/** To the minute, in a form that --expires takes. */
const minute = (date: Date | null) => (date ? `${date.toISOString().slice(0, 16)}Z` : 'never')

const scopes = (record: ApiKeyRecord) => unless(record, 'scopes', () => record.scopes.join(' ') || 'none')

const colourOf = { active: 'green', expired: 'yellow', revoked: 'red', damaged: 'red' } as const satisfies Record<
  ApiKeyRecord['status'],
  Colour
>

/** What a person looks for first comes first: a narrow terminal shows only that. */
const columns: readonly Column<ApiKeyRecord>[] = [
  { title: 'ID', text: ({ id }) => printable(String(id)) },
  { title: 'NAME', text: (record) => unless(record, 'name', () => record.name), least: 10 },
  {
    title: 'STATUS',
    text: ({ status }) => status,
    paint: (text, { status }) => paint(process.stdout, colourOf[status], text)
  },
  { title: 'EXPIRES', text: (record) => unless(record, 'expiresAt', () => minute(record.expiresAt)) },
  { title: 'KEY', text: (record) => unless(record, 'keyPrefix', () => record.keyPrefix) },
  { title: 'LAST USED', text: (record) => unless(record, 'lastUsedAt', () => minute(record.lastUsedAt)) },
  { title: 'USES', text: (record) => unless(record, 'usageCount', () => String(record.usageCount)) },
  { title: 'SCOPES', text: scopes, least: 12 },
  { title: 'OWNER', text: ({ ownerId }) => printable(String(ownerId)) }
]

/** A table of keys. */
export const recordTable = (records: readonly ApiKeyRecord[]): string => printTable(columns, records)

/** Everything about one key, a line for each fact. */
export function recordDetails(record: ApiKeyRecord): string {
  const time = (field: 'createdAt' | 'updatedAt' | 'expiresAt' | 'lastUsedAt' | 'revokedAt') =>
    unless(record, field, () => record[field]?.toISOString() ?? 'never')
  const { status, rotatedFromId, lastUsedIp, revokedReason } = record
  const facts: readonly (readonly [string, string])[] = [
    ['id', printable(String(record.id))],
    ['name', unless(record, 'name', () => record.name)],
    ['key', unless(record, 'keyPrefix', () => record.keyPrefix)],
    ['status', paint(process.stdout, colourOf[status], status)],
    ['owner', printable(String(record.ownerId))],
    ['scopes', scopes(record)],
    ['expires', time('expiresAt')],
    ...(record.allowedIps || record.damaged.includes('allowedIps')
      ? [['allowed ips', unless(record, 'allowedIps', () => (record.allowedIps ?? []).join(' '))] as const]
      : []),
    ...(record.rateLimit || record.damaged.includes('rateLimit')
      ? [
          [
            'rate limit',
            unless(record, 'rateLimit', () => `${record.rateLimit?.limit}/${record.rateLimit?.window}`)
          ] as const
        ]
      : []),
    ['created', time('createdAt')],
    ['updated', time('updatedAt')],
    ['last used', time('lastUsedAt') + (lastUsedIp ? ` from ${printable(lastUsedIp)}` : '')],
    ['uses', unless(record, 'usageCount', () => String(record.usageCount))],
    ['metadata', unless(record, 'metadata', () => (record.metadata ? JSON.stringify(record.metadata) : 'none'))],
    ...(record.revokedAt
      ? [['revoked', time('revokedAt') + (revokedReason ? `: ${printable(revokedReason)}` : '')] as const]
      : []),
    ...(rotatedFromId === null ? [] : [['replaces', printable(String(rotatedFromId))] as const]),
    ...(record.damaged.length > 0 ? [['damaged', printable(record.damaged.join(', '))] as const] : [])
  ]
  const width = Math.max(...facts.map(([title]) => title.length)) + 2
  return facts.map(([title, text]) => `${paint(process.stdout, 'dim', title.padEnd(width))}${text}\n`).join('')
}
