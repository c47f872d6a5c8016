import { setImmediate } from 'node:timers/promises'
import type { ApiKeyRecord } from '../api-key.js'
import { type Duration, parseDuration } from '../duration.js'
import { ApiKeyError, invalidArgument } from '../errors.js'
import type { Id } from '../events.js'
import type { Instance } from '../instance.js'
import { parseId } from '../key-input.js'
import type { Store } from '../store.js'
import { fillBuckets, parseSpan, type UsageReport } from '../usage-report.js'
import type { Asker } from './asker.js'
import { eventDocument, keyDocument } from './documents.js'
import {
  latestEnd,
  limitsOf,
  offered,
  requireGrantable,
  requireInTime,
  requireRotatable,
  requireWidenable
} from './policy.js'
import { parseBody, parseQuery } from './schemas.js'

/** One request to the management API. */
export interface Question {
  readonly instance: Instance
  readonly asker: Asker
  readonly maxKeysPerOwner: number
  /** The id in the path, where there is one. */
  readonly id: string
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
}

export interface Reply {
  readonly status: 200 | 201 | 204
  readonly body?: object
}

const dayMs = 86_400_000
const recentDays = 14
const keysAtOnce = 10

const storeOf = ({ instance }: Question): Promise<Store> => instance.opener.open()

/** Another owner's key is not there, and neither is one whose id can be none. */
async function ownKey(question: Question): Promise<ApiKeyRecord> {
  const { instance, asker, id } = question
  const notFound = new ApiKeyError('not_found', 'There is no such key.')
  try {
    parseId('id', id)
  } catch {
    throw notFound
  }
  const record = await instance.lists.get(id)
  const isOwn = record && (asker.allOwners || String(record.ownerId) === String(asker.ownerId))
  if (!isOwn) throw notFound
  return record
}

async function documentOf(question: Question, record: ApiKeyRecord): Promise<object> {
  const successors = await (await storeOf(question)).successorsOf([record.id])
  return keyDocument(record, successors.get(record.id))
}

/** Whose keys: one's own, or, for those who may see every owner, those that they ask for. */
function ownerOf({ asker }: Question, wanted: string | undefined): { readonly ownerId?: Id } {
  if (asker.allOwners) return wanted === undefined ? {} : { ownerId: wanted }
  if (wanted === undefined || wanted === String(asker.ownerId)) return { ownerId: asker.ownerId }
  throw new ApiKeyError('forbidden', 'You may see your own keys only.', { field: 'ownerId' })
}

/** Leaves out what was not given. */
const given = <T extends object>(fields: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never

export async function list(question: Question): Promise<Reply> {
  const { include, ownerId, ...page } = parseQuery('list', question.query)
  const { instance } = question
  const { items, nextCursor } = await instance.lists.list({ ...given(page), ...ownerOf(question, ownerId) })
  const store = await storeOf(question)
  const ids = items.map(({ id }) => id)
  const successors = await store.successorsOf(ids)
  const recent = include ? await recentUsage(store, ids, instance.config.clock()) : () => undefined
  const documents = items.map((record) => keyDocument(record, successors.get(record.id), recent(record.id)))
  return { status: 200, body: { items: documents, nextCursor } }
}

/** A few keys at a time: a page of busy ones has tens of thousands of hours, and requests are answered in between. */
async function recentUsage(store: Store, ids: readonly Id[], nowMs: number) {
  const span = parseSpan({ from: new Date(nowMs - (recentDays - 1) * dayMs) }, nowMs)
  const reports = new Map<Id, UsageReport>()
  for (let i = 0; i < ids.length; i += keysAtOnce) {
    const some = ids.slice(i, i + keysAtOnce)
    const hours = await store.readUsage({ apiKeyIds: some, ...span })
    for (const id of some) {
      const own = hours.filter(({ apiKeyId }) => apiKeyId === String(id))
      reports.set(id, fillBuckets(span, own))
    }
    await setImmediate()
  }
  return (id: Id) => reports.get(id)
}

interface Lifetime {
  readonly expiresIn?: string | undefined
  readonly expiresAt?: string | null | undefined
}

/** When a key is to expire, as the methods take it; what was given has to be in time. */
function expiryOf({ asker, instance }: Question, { expiresIn, expiresAt }: Lifetime) {
  if (expiresAt !== undefined) {
    const time = expiresAt === null ? null : new Date(expiresAt)
    requireInTime(asker, time)
    return { expiresAt: time, ...(expiresIn !== undefined && { expiresIn: expiresIn as Duration }) }
  }
  if (expiresIn === undefined) return undefined
  const lifetimeMs = parseDuration(expiresIn)
  // What is no duration, the methods refuse.
  if (lifetimeMs === undefined || latestEnd(asker) === undefined) return { expiresIn: expiresIn as Duration }
  const end = new Date(instance.config.clock() + lifetimeMs)
  requireInTime(asker, end)
  return { expiresAt: end }
}

export async function create(question: Question): Promise<Reply> {
  const { instance, asker, maxKeysPerOwner: maxPerOwner } = question
  const body = parseBody('create', question.body)
  const { ownerId = asker.ownerId } = ownerOf(question, body.ownerId)
  const scopes = body.scopes ?? []
  requireGrantable(asker, scopes, instance.config.scopes)
  const latest = latestEnd(asker)
  const untilThen = latest && { expiresAt: latest }
  const expiry = expiryOf(question, body) ?? untilThen
  const { token, apiKey } = await instance.keys.create(
    { ownerId, name: body.name, scopes, ...limitsOf(asker), ...expiry },
    asker.context,
    {
      maxPerOwner
    }
  )
  return { status: 201, body: { token, apiKey: keyDocument(apiKey, undefined) } }
}

export async function show(question: Question): Promise<Reply> {
  return { status: 200, body: await documentOf(question, await ownKey(question)) }
}

export async function update(question: Question): Promise<Reply> {
  const { instance, asker } = question
  const { id } = await ownKey(question)
  const change = given(parseBody('update', question.body))
  if (Object.keys(change).length === 0) throw invalidArgument('body', 'Give what is to change: name or scopes.')
  if (change.scopes) requireGrantable(asker, change.scopes, instance.config.scopes)
  const policy = change.scopes && { check: requireWidenable(asker, change.scopes) }
  const record = await instance.keys.update(id, change, asker.context, policy)
  return { status: 200, body: await documentOf(question, record) }
}

export async function rotate(question: Question): Promise<Reply> {
  const { instance, asker, maxKeysPerOwner } = question
  const { id } = await ownKey(question)
  const { grace, ...lifetime } = parseBody('rotate', question.body)
  const latest = latestEnd(asker)
  const policy = {
    check: requireRotatable(asker),
    // A key in grace and its successor are two for a while.
    maxPerOwner: 2 * maxKeysPerOwner,
    ...(latest && { latestExpiresAt: latest })
  }
  const input = { grace: grace as Duration, ...expiryOf(question, lifetime) }
  const { token, apiKey } = await instance.keys.rotate(id, input, asker.context, policy)
  return { status: 201, body: { token, apiKey: keyDocument(apiKey, undefined) } }
}

export async function revoke(question: Question): Promise<Reply> {
  const { instance, asker } = question
  const { id } = await ownKey(question)
  const record = await instance.keys.revoke(id, given(parseBody('revoke', question.body)), asker.context)
  return { status: 200, body: await documentOf(question, record) }
}

export async function remove(question: Question): Promise<Reply> {
  const { id } = await ownKey(question)
  parseBody('none', question.body)
  await question.instance.keys.delete(id, question.asker.context)
  return { status: 204 }
}

export async function usage(question: Question): Promise<Reply> {
  const { id } = await ownKey(question)
  const { from, to, by } = parseQuery('usage', question.query)
  const span = given({ from: from && new Date(from), to: to && new Date(to), by })
  return { status: 200, body: await question.instance.history.usage(id, span as object) }
}

export async function events(question: Question): Promise<Reply> {
  const { id } = await ownKey(question)
  const page = given(parseQuery('events', question.query))
  const { items, nextCursor } = await question.instance.history.events({ ...page, apiKeyId: id })
  return { status: 200, body: { items: items.map(eventDocument), nextCursor } }
}

export async function allEvents(question: Question): Promise<Reply> {
  const { ownerId, ...page } = parseQuery('allEvents', question.query)
  const wanted = { ...given(page), ...ownerOf(question, ownerId) }
  const { items, nextCursor } = await question.instance.history.events(wanted)
  return { status: 200, body: { items: items.map(eventDocument), nextCursor } }
}

export async function scopes({ asker, instance }: Question): Promise<Reply> {
  return { status: 200, body: { items: offered(asker, instance.config.scopes) } }
}
