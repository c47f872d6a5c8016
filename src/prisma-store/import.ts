import { setTimeout as sleep } from 'node:timers/promises'
import { type ChangedBy, nobody } from '../audit.js'
import { everything } from '../change-feed/payloads.js'
import { invalidArgument, unavailable } from '../errors.js'
import type { Id } from '../events.js'
import type { ImportedKey, ImportOutcome, ImportPlan } from '../imported-key.js'
import type { Store } from '../store.js'
import { distinctForms } from '../token-form.js'
import { announce } from './announce.js'
import { attempt, transactionOptions } from './attempt.js'
import { columnsOf, conflict } from './change-rows.js'
import type { Client, ClientShape, Models } from './client.js'
import { writeEvents } from './events.js'
import { explained, isMissingOwner, isUniqueViolation } from './failures.js'
import { recordForms } from './forms.js'
import { type Examined, examine } from './import-check.js'
import type { NewOwner } from './import-owners.js'
import { inChunks } from './import-reads.js'
import { isAlone } from './one-at-a-time.js'

/** Prisma's own five seconds would end an import of some ten thousand keys. */
const timeout = 600_000
/** How long an import waits for another one, and how often it looks. */
const patienceMs = 600_000
const pauseMs = 200

interface ImportParts {
  readonly client: Client
  readonly shape: ClientShape
  /** Whether the owners are keystile's. */
  readonly own: boolean
  /** Whether the store was closed: then an import that waits gives up. */
  isClosed(): boolean
}

export function prismaImport(parts: ImportParts): Pick<Store, 'importKeys'> {
  const { client, shape, own, isClosed } = parts
  const options = transactionOptions(shape.provider)
  return {
    async importKeys(plan, by = nobody) {
      if (plan.createOwners && !own)
        throw invalidArgument('createOwners', "The owners are in the app's own model: make them there, then import.")
      // First without a lock: most bad rows are found before anybody waits for them. A value that a column can't hold would
      // also end a transaction of PostgreSQL.
      const first = await explained(shape.provider, () => examine(client, shape, plan))
      if (plan.dryRun || first.problems.length > 0) return outcomeOf(first, plan, own)
      const again = { ...plan, keys: first.keys }
      const once = () =>
        client
          .$transaction((tx) => importAll(tx, { shape, own }, again, by), { ...options, timeout })
          .catch(explainRace)
      const outcome = await inTurn(() => attempt(shape.provider, once), isClosed)
      // No trigger tells of a form. Where nobody can be told, it is heard of later.
      if (outcome.hasNewForms && outcome.ids.length === 0)
        await announce(client, shape.provider, everything).catch(() => {})
      return outcome
    }
  }
}

/**
 * Waits for imports of others. No statement does, which a client's time limit would end, and between two tries no
 * connection is held.
 * @param work undefined: another import is under way
 */
async function inTurn(work: () => Promise<ImportOutcome | undefined>, isClosed: () => boolean): Promise<ImportOutcome> {
  const giveUpAt = performance.now() + patienceMs
  for (;;) {
    const outcome = await work()
    if (outcome) return outcome
    if (performance.now() > giveUpAt)
      throw conflict(
        'Another import has been under way for ten minutes; nothing was written. Try again when it is done.'
      )
    await sleep(pauseMs * (0.5 + Math.random()))
    if (isClosed()) throw unavailable('These keys were closed before it was the turn of this import.', 'closed')
  }
}

/** Between the last look and the write somebody was quicker. */
function explainRace(error: unknown): never {
  if (isUniqueViolation(error) || isMissingOwner(error))
    throw conflict('Keys or owners were changed while they were imported; nothing was written. Try again.')
  throw error
}

/** Of keys that are there already, rows tell a wider form than whoever imported them may have said. */
const formsIn = ({ fresh }: Examined, { forms }: ImportPlan) =>
  distinctForms([...forms, ...fresh.map(({ form }) => form)])

/** As long as nothing is written. */
const outcomeOf = (examined: Examined, plan: ImportPlan, own: boolean): ImportOutcome => ({
  ids: [],
  forms: formsIn(examined, plan),
  hasNewForms: false,
  imported: examined.fresh.length,
  unchanged: examined.unchanged,
  ownersCreated: examined.newOwners.length,
  problems: examined.problems,
  hints: examined.orphans > 0 ? [own ? howToMakeOwners : ownersAreTheirs] : []
})

const howToMakeOwners = 'Owners that are not there are made with --create-owners (createOwners: true).'
const ownersAreTheirs = "Owners that are not there have to be made first, in the app's own model: then import again."

/** undefined: another import is under way. */
async function importAll(
  tx: Models,
  { shape, own }: Pick<ImportParts, 'shape' | 'own'>,
  plan: ImportPlan,
  by: ChangedBy
): Promise<ImportOutcome | undefined> {
  // SQLite locks the whole database as soon as a statement writes, be it nothing.
  if (shape.provider === 'sqlite') await tx.$queryRawUnsafe(`DELETE FROM ${shape.table('ApiKey')} WHERE 0`)
  if (!(await isAlone(tx, shape.provider, 'imports'))) return undefined
  const examined = await examine(tx, shape, plan)
  if (examined.problems.length > 0) return outcomeOf(examined, plan, own)
  await inChunks(examined.newOwners, (some) => addOwners(tx, some))
  const ids = await inChunks(examined.fresh, (some) => addKeys(tx, some, plan, by))
  const hasNewForms = await recordForms(tx, shape.provider, formsIn(examined, plan))
  return { ...outcomeOf(examined, plan, own), ids, hasNewForms }
}

async function addOwners(tx: Models, owners: readonly NewOwner[]): Promise<[]> {
  await tx.user.createMany({ data: owners.map(({ row, ...owner }) => owner) })
  return []
}

async function addKeys(tx: Models, keys: readonly ImportedKey[], { now }: ImportPlan, by: ChangedBy): Promise<Id[]> {
  await tx.apiKey.createMany({ data: keys.map((key) => rowOf(key, now)) })
  const made = await madeIds(tx, keys)
  const events = keys.map((key) => {
    const apiKey = { id: key.id ?? (made.get(key.keyHash) as Id), ownerId: key.ownerId }
    return { type: 'imported', apiKey, changes: changesOf(key) } as const
  })
  await writeEvents(tx, events, by, now)
  return events.map(({ apiKey }) => apiKey.id)
}

/** Of keys that came without one, by their hashes. */
async function madeIds(tx: Models, keys: readonly ImportedKey[]): Promise<ReadonlyMap<unknown, Id>> {
  const nameless = keys.filter(({ id }) => id === undefined).map(({ keyHash }) => keyHash)
  if (nameless.length === 0) return new Map()
  const select = { id: true, keyHash: true }
  const rows = await tx.apiKey.findMany({ where: { keyHash: { in: nameless } }, select })
  return new Map(rows.map((row) => [row['keyHash'], row['id'] as Id]))
}

function rowOf(key: ImportedKey, now: Date): object {
  const { id, ownerId: userId, keyHash, hashAlg, keyPrefix, isActive, lastUsedAt, lastUsedIp, usageCount } = key
  const { revokedAt, revokedReason, createdAt, updatedAt } = key
  return {
    ...columnsOf(key),
    ...{ userId, keyHash, hashAlg, keyPrefix, isActive, lastUsedAt, lastUsedIp, usageCount, revokedAt, revokedReason },
    ...(id !== undefined && { id }),
    createdAt: createdAt ?? now,
    updatedAt: updatedAt ?? createdAt ?? now
  }
}

/** What a key came with, for the audit trail. */
const changesOf = ({ name, keyPrefix, hashAlg, scopes, expiresAt, isActive, allowedIps, rateLimit }: ImportedKey) => ({
  name,
  keyPrefix,
  scopes,
  expiresAt,
  isActive,
  ...(hashAlg && { hashAlg }),
  ...(allowedIps && { allowedIps }),
  ...(rateLimit && { rateLimit })
})
