import type { ApiKeyRecord } from '../api-key.js'
import type { Clock } from '../clock.js'
import type { Id } from '../events.js'
import type { OwnerRules } from '../owner-rules.js'
import type { ExpiringQuery, FoundKey, ListQuery, Store } from '../store.js'
import { attempt } from './attempt.js'
import { behind, newestFirst } from './behind.js'
import type { Client, ClientShape, Models } from './client.js'
import { isDamagedRow } from './failures.js'
import { findAll, findSlow, type ToKey, verdictFields } from './find-keys.js'
import type { FindPlain } from './find-plain.js'
import { readForms } from './forms.js'
import { readRow, select } from './read-row.js'
import { toFoundKey, toRecord } from './rows.js'

const recordFields = [
  'id',
  'userId',
  'name',
  'keyPrefix',
  'scopes',
  'isActive',
  'lastUsedAt',
  'lastUsedIp',
  'usageCount',
  'expiresAt',
  'revokedAt',
  'revokedReason',
  'rotatedFromId',
  'metadata',
  'allowedIps',
  'rateLimit',
  'createdAt',
  'updatedAt'
]
/** A key as management sees it; also used inside transactions. */
export async function readRecord(models: Models, id: Id, clock: Clock): Promise<ApiKeyRecord | undefined> {
  const found = await readRow(models, { id }, select(recordFields))
  return found && toRecord(found.row, clock(), found.unreadable)
}

/** Keys as management sees them; where one can't be read, each alone. */
export async function readRecords(models: Models, query: object, clock: Clock): Promise<readonly ApiKeyRecord[]> {
  try {
    const rows = await models.apiKey.findMany({ ...query, select: select(recordFields) })
    return rows.map((row) => toRecord(row, clock()))
  } catch (error) {
    if (!isDamagedRow(error)) throw error
  }
  const records: ApiKeyRecord[] = []
  for (const { id } of await models.apiKey.findMany({ ...query, select: { id: true } })) {
    const record = await readRecord(models, id as Id, clock)
    if (record) records.push(record)
  }
  return records
}

/** How long a read waits for SQLite's locks, which only a recovery or another process's last close take from it. */
const readPatienceMs = 500

export function prismaReads(
  client: Client,
  shape: ClientShape,
  clock: Clock,
  rules: OwnerRules,
  findPlain: FindPlain | undefined
): Pick<Store, 'findByHashes' | 'findSlow' | 'listForms' | 'get' | 'list' | 'listExpiring' | 'successorsOf'> {
  const { hasOwner } = shape.names
  const verdictSelect = {
    ...select(verdictFields),
    ...(hasOwner && { user: { select: select(shape.ownerReads) } })
  }

  const toKey: ToKey = (row, unreadable) => toFoundKey(row, unreadable, { hasOwner, shown: shape.ownerFields, rules })
  const byHashes = async (keyHashes: readonly string[]): Promise<Map<string, FoundKey>> => {
    const { rows, left } = (await findPlain?.(keyHashes)) ?? { rows: [], left: keyHashes }
    const found = left.length > 0 ? await findAll(client, left, verdictSelect, toKey) : new Map<string, FoundKey>()
    for (const row of rows) {
      const key = toKey(row, [])
      found.set(key.keyHash, key)
    }
    return found
  }
  const read = <T>(work: () => Promise<T>) => attempt(shape.provider, work, readPatienceMs)

  return {
    findByHashes: (keyHashes) => read(() => byHashes(keyHashes)),

    findSlow: (keyPrefixes) => read(() => findSlow(client, keyPrefixes, verdictSelect, toKey)),

    listForms: () => read(() => readForms(client)),

    get: (id) => read(() => readRecord(client, id, clock)),

    list: (query) => read(async () => readRecords(client, await pageOf(client, query), clock)),

    listExpiring: (query) => read(() => findExpiring(client, query, clock)),

    successorsOf: (ids) => read(() => successorsOf(client, ids))
  }
}

/** Pages are filled up: which keys were rotated shows only once they are read. */
async function findExpiring(models: Models, query: ExpiringQuery, clock: Clock): Promise<readonly ApiKeyRecord[]> {
  const { from, to, limit } = query
  const where = { ...ownedBy(query), revokedAt: null, expiresAt: { gt: from, lte: to } }
  const page = { where, orderBy: [{ expiresAt: 'asc' }, { id: 'asc' }], take: limit }
  const found: ApiKeyRecord[] = []
  for (let after = query.after; ; ) {
    const later = after && [
      { expiresAt: { gt: after.expiresAt } },
      { expiresAt: after.expiresAt, id: { gt: after.id } }
    ]
    const next = after && later ? { ...page, ...(await behind(models.apiKey, where, after.id, later)) } : page
    const records = await readRecords(models, next, clock)
    const rotated = await successorsOf(
      models,
      records.map(({ id }) => id)
    )
    found.push(...records.filter(({ id, status }) => status === 'active' && !rotated.has(id)))
    const last = records.at(-1)
    if (!last?.expiresAt || records.length < limit || found.length >= limit) return found.slice(0, limit)
    after = { expiresAt: last.expiresAt, id: last.id }
  }
}

async function successorsOf(models: Models, ids: readonly Id[]): Promise<ReadonlyMap<Id, Id>> {
  const wanted = { where: { rotatedFromId: { in: ids } }, select: { id: true, rotatedFromId: true } }
  const rows = await models.apiKey.findMany(wanted)
  return new Map(rows.map((row) => [row['rotatedFromId'] as Id, row['id'] as Id]))
}

const ownedBy = ({ ownerId }: Pick<ListQuery, 'ownerId'>) => (ownerId === undefined ? {} : { userId: ownerId })

const pageOf = (models: Models, query: ListQuery): Promise<object> => newestFirst(models.apiKey, ownedBy(query), query)
