import type { ApiKeyRecord } from '../api-key.js'
import type { Clock } from '../clock.js'
import type { Id } from '../events.js'
import type { OwnerRules } from '../owner-rules.js'
import type { ExpiringQuery, FoundKey, ListQuery, Store } from '../store.js'
import { maxCandidates } from '../token-form.js'
import { attempt } from './attempt.js'
import { behind, newestFirst } from './behind.js'
import type { Client, ClientShape, Models, Row } from './client.js'
import { isDamagedRow } from './failures.js'
import { readForms } from './forms.js'
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
/** What a request needs, and no more: usage columns change all the time and no verdict depends on them. */
const verdictFields = [
  'id',
  'userId',
  'name',
  'keyPrefix',
  'keyHash',
  'hashAlg',
  'scopes',
  'isActive',
  'expiresAt',
  'revokedAt',
  'metadata',
  'allowedIps',
  'rateLimit',
  'createdAt'
]

type Select = Readonly<Record<string, unknown>>
const select = (fields: readonly string[]): Select => Object.fromEntries(fields.map((field) => [field, true]))

/**
 * One row, also where a value in it can't be read: Prisma then refuses the row as a whole, so it is asked for field by
 * field and what fails is named.
 */
async function readRow(
  models: Models,
  where: object,
  wanted: Select
): Promise<{ row: Row; unreadable: string[] } | undefined> {
  try {
    const row = await models.apiKey.findUnique({ where, select: wanted })
    return row ? { row, unreadable: [] } : undefined
  } catch (error) {
    if (!isDamagedRow(error)) throw error
  }
  // Prisma makes one query of all findUnique calls of a turn: the bad row may be another caller's. findMany goes alone.
  const alone = async (select: Select) => (await models.apiKey.findMany({ where, select, take: 1 }))[0]
  try {
    const row = await alone(wanted)
    return row && { row, unreadable: [] }
  } catch (error) {
    if (!isDamagedRow(error)) throw error
  }
  const row: Record<string, unknown> = {}
  const unreadable: string[] = []
  for (const [field, value] of Object.entries(wanted)) {
    try {
      const part = await alone({ [field]: value })
      if (!part) return undefined
      row[field] = part[field]
    } catch (error) {
      if (!isDamagedRow(error)) throw error
      unreadable.push(field)
    }
  }
  return { row, unreadable }
}

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
  rules: OwnerRules
): Pick<Store, 'findByHashes' | 'findSlow' | 'listForms' | 'get' | 'list' | 'listExpiring' | 'successorsOf'> {
  const { hasOwner } = shape.names
  const verdictSelect = {
    ...select(verdictFields),
    ...(hasOwner && { user: { select: select(shape.ownerReads) } })
  }

  const toKey = (row: Row, unreadable: readonly string[]) =>
    toFoundKey(row, unreadable, { hasOwner, shown: shape.ownerFields, rules })
  const read = <T>(work: () => Promise<T>) => attempt(shape.provider, work, readPatienceMs)

  return {
    findByHashes: (keyHashes) => read(() => findAll(client, keyHashes, verdictSelect, toKey)),

    findSlow: (keyPrefixes) => read(() => findSlow(client, keyPrefixes, verdictSelect, toKey)),

    listForms: () => read(() => readForms(client)),

    get: (id) => read(() => readRecord(client, id, clock)),

    list: (query) => read(async () => readRecords(client, await pageOf(client, query), clock)),

    listExpiring: (query) => read(() => findExpiring(client, query, clock)),

    successorsOf: (ids) => read(() => successorsOf(client, ids))
  }
}

/** Keys by their hashes, in one query. One damaged row fails it for all: then the two halves are asked for, each alone. */
async function findAll(
  models: Models,
  keyHashes: readonly string[],
  wanted: Select,
  toKey: (row: Row, unreadable: readonly string[]) => FoundKey
): Promise<Map<string, FoundKey>> {
  const found = new Map<string, FoundKey>()
  const add = (row: Row, unreadable: readonly string[] = []) => {
    const key = toKey(row, unreadable)
    found.set(key.keyHash, key)
  }
  if (keyHashes.length === 1) {
    const only = await readRow(models, { keyHash: keyHashes[0] }, wanted)
    if (only) add(only.row, only.unreadable)
    return found
  }
  try {
    for (const row of await models.apiKey.findMany({ where: { keyHash: { in: keyHashes } }, select: wanted })) add(row)
    return found
  } catch (error) {
    if (!isDamagedRow(error)) throw error
  }
  const middle = Math.ceil(keyHashes.length / 2)
  const halves = [keyHashes.slice(0, middle), keyHashes.slice(middle)]
  for (const half of halves) for (const entry of await findAll(models, half, wanted, toKey)) found.set(...entry)
  return found
}

/** Keys whose hash is a slow one, by what they show of their tokens; where one of them is damaged, each alone. */
async function findSlow(
  models: Models,
  keyPrefixes: readonly string[],
  wanted: Select,
  toKey: (row: Row, unreadable: readonly string[]) => FoundKey
): Promise<FoundKey[]> {
  const where = { keyPrefix: { in: keyPrefixes }, hashAlg: 'bcrypt' }
  const most = maxCandidates * keyPrefixes.length
  const query = { where, take: most + 1 }
  try {
    const rows = await models.apiKey.findMany({ ...query, select: wanted })
    if (rows.length <= most) return rows.map((row) => toKey(row, []))
    // One has more than it may: it must not take the others' places.
    if (keyPrefixes.length === 1) return rows.slice(0, most).map((row) => toKey(row, []))
    const each = keyPrefixes.map((keyPrefix) => findSlow(models, [keyPrefix], wanted, toKey))
    return (await Promise.all(each)).flat()
  } catch (error) {
    if (!isDamagedRow(error)) throw error
  }
  const keys: FoundKey[] = []
  for (const { id } of await models.apiKey.findMany({ ...query, select: { id: true } })) {
    const found = await readRow(models, { id }, wanted)
    if (found) keys.push(toKey(found.row, found.unreadable))
  }
  return keys
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
