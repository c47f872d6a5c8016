import type { ApiKeyRecord } from './api-key.js'
import type { Changes } from './changes.js'
import type { Clock } from './clock.js'
import { ApiKeyError, showId } from './errors.js'
import { type Id, publish } from './events.js'
import { findByToken } from './find-by-token.js'
import { type HashPolicy, newDigest, type StoredHash } from './hash.js'
import {
  type ChangeContext,
  type CreateKeyInput,
  check,
  ownFields,
  parseContext,
  parseGrace,
  parseId,
  parseKeyFields,
  parseReason,
  type RotateKeyInput,
  type UpdateKeyInput
} from './key-input.js'
import { slowHashOf } from './slow-hashes.js'
import type { RotationPlan, Store } from './store.js'
import { createToken, displayPrefix, formOf } from './token.js'
import type { TokenForm } from './token-form.js'

/** What can be said of a key when it is made, and changed later. */
const keyFields = ['name', 'scopes', 'expiresAt', 'expiresIn', 'metadata', 'allowedIps', 'rateLimit'] as const

/** A key and its token, which is not stored and can't be shown again. */
export interface CreatedKey {
  readonly token: string
  readonly apiKey: ApiKeyRecord
}

export interface RevokeInput {
  /** One line of at most 200 characters. */
  readonly reason?: string
}

/** What the management API holds those to whom it lets make keys. */
export type KeyPolicy = Pick<RotationPlan, 'maxPerOwner' | 'latestExpiresAt' | 'check'>

interface NewSecret extends StoredHash {
  readonly token: string
  readonly keyPrefix: string
  /** Where its key can't be found by a digest. */
  readonly form?: TokenForm
}

export interface KeysParts {
  readonly store: () => Promise<Store>
  readonly changes: Changes
  readonly clock: Clock
  readonly prefix: string
  readonly policy: HashPolicy
  /** Whether the audit trail has addresses. */
  readonly storesIps: boolean
}

/**
 * The life of keys: made, changed, rotated, revoked, removed. Each change is in the audit trail, with who made it and from
 * where as the context says.
 *
 * All reject with ApiKeyError: `invalid_argument` for what is not understood, `not_found` for an id that is none,
 * `conflict` where the key's state forbids it, `not_writable` or `unavailable` where the database can't do it. After
 * `unavailable` the change may have been made all the same; after any other code it was not.
 */
export class Keys {
  readonly #parts: KeysParts

  constructor(parts: KeysParts) {
    this.#parts = parts
  }

  /**
   * Makes a key. Its token is in the answer and nowhere else.
   * @throws ApiKeyError `owner_not_found` where there is no such owner, `limit_reached` where it has enough keys
   */
  async create(input: CreateKeyInput, context?: ChangeContext, { maxPerOwner }: KeyPolicy = {}): Promise<CreatedKey> {
    const given = ownFields('create', input, ['ownerId', ...keyFields])
    const ownerId = parseId('ownerId', given.ownerId)
    check('name', given.name !== undefined, 'name is missing: what its owner calls the key, 1 to 100 characters.')
    const by = parseContext('create', context, this.#parts.storesIps)
    const nowMs = this.#parts.clock()
    const fields = parseKeyFields(given, nowMs)
    const { token, ...secret } = await this.#newSecret()
    const store = await this.#parts.store()
    const key = {
      ownerId,
      name: given.name,
      scopes: fields.scopes ?? [],
      expiresAt: fields.expiresAt ?? null,
      metadata: fields.metadata ?? null,
      allowedIps: fields.allowedIps ?? null,
      rateLimit: fields.rateLimit ?? null,
      createdAt: new Date(nowMs),
      ...secret,
      ...(maxPerOwner !== undefined && { maxPerOwner })
    }
    const apiKey = await store.create(key, by)
    if (secret.form) this.#parts.changes.added(apiKey.id)
    publish('keystile:created', () => ({ apiKeyId: apiKey.id, ownerId: apiKey.ownerId }))
    return { token, apiKey }
  }

  /**
   * Changes what is given and leaves the rest.
   * @throws ApiKeyError `conflict` for a revoked key, and for a new expiry of one that was rotated
   */
  async update(
    id: Id,
    input: UpdateKeyInput,
    context?: ChangeContext,
    { check: mayChange }: Pick<KeyPolicy, 'check'> = {}
  ): Promise<ApiKeyRecord> {
    const given = ownFields('update', input, keyFields)
    const fields = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]))
    check('input', fields.length > 0, `update() was given nothing to change: give one of ${keyFields.join(', ')}.`)
    const by = parseContext('update', context, this.#parts.storesIps)
    const change = parseKeyFields(given, this.#parts.clock())
    const apiKey = await this.#changing(parseId('id', id), (store, id) => store.update(id, change, by, mayChange))
    this.#parts.changes.touch(apiKey.id)
    publish('keystile:updated', () => ({ apiKeyId: apiKey.id, ownerId: apiKey.ownerId, fields }))
    return apiKey
  }

  /**
   * Makes a successor with the same owner, name, scopes, limits and metadata, and sets when the old key ends. Two at once: one wins.
   * @throws ApiKeyError `conflict` for a key that is revoked, expired or already rotated
   */
  async rotate(id: Id, input: RotateKeyInput, context?: ChangeContext, policy: KeyPolicy = {}): Promise<CreatedKey> {
    const given = ownFields('rotate', input, ['grace', 'expiresAt', 'expiresIn'])
    const nowMs = this.#parts.clock()
    const graceMs = parseGrace(given.grace)
    const by = parseContext('rotate', context, this.#parts.storesIps)
    const { expiresAt } = parseKeyFields({ expiresAt: given.expiresAt, expiresIn: given.expiresIn }, nowMs)
    const { token, ...secret } = await this.#newSecret()
    const plan = { ...policy, ...secret, now: new Date(nowMs), oldEndsAt: new Date(nowMs + graceMs) }
    const { old, successor } = await this.#changing(parseId('id', id), (store, id) =>
      store.rotate(id, expiresAt === undefined ? plan : { ...plan, expiresAt }, by)
    )
    this.#parts.changes.touch(old.id)
    if (secret.form) this.#parts.changes.added(successor.id)
    publish('keystile:rotated', () => ({
      apiKeyId: old.id,
      ownerId: old.ownerId,
      newApiKeyId: successor.id,
      oldExpiresAt: old.expiresAt ?? plan.oldEndsAt
    }))
    return { token, apiKey: successor }
  }

  /**
   * Ends a key for good, and its predecessors that are still in grace. Once it resolves, no request of this process is let
   * in by them. Revoking again changes nothing: the first time and reason stay.
   */
  async revoke(id: Id, input: RevokeInput = {}, context?: ChangeContext): Promise<ApiKeyRecord> {
    const revocation = this.#revocation('revoke', input)
    const by = parseContext('revoke', context, this.#parts.storesIps)
    return this.#changing(parseId('id', id), async (store, id) => {
      const revoked = await store.revoke(id, revocation, by)
      this.#announce(revoked)
      const record = revoked.find((each) => String(each.id) === String(id)) ?? (await store.get(id))
      if (!record) throw new ApiKeyError('not_found', `There is no key with the id ${showId(id)}.`)
      return record
    })
  }

  /** Ends a key of which only the token is known, as after a leak. */
  async revokeToken(token: string, input: RevokeInput = {}, context?: ChangeContext): Promise<ApiKeyRecord> {
    const store = await this.#parts.store()
    const found = typeof token === 'string' ? await findByToken(store, token, this.#parts.policy) : []
    const [first, ...others] = found.map(({ apiKey }) => apiKey.id)
    if (first === undefined) throw new ApiKeyError('not_found', 'There is no key with this token.')
    for (const id of others) await this.revoke(id, input, context)
    return this.revoke(first, input, context)
  }

  /** Ends every key of an owner. Resolves with how many were not revoked before; 0 for an owner that there is not. */
  async revokeOwner(
    ownerId: Id,
    input: RevokeInput = {},
    context?: ChangeContext
  ): Promise<{ readonly revoked: number }> {
    const revocation = this.#revocation('revokeOwner', input)
    const by = parseContext('revokeOwner', context, this.#parts.storesIps)
    const revoked = await this.#changing(parseId('ownerId', ownerId), (store, id) =>
      store.revokeOwner(id, revocation, by)
    )
    this.#announce(revoked)
    return { revoked: revoked.length }
  }

  /** Removes a key's row and returns what it was. To know later what a key did, revoke it instead. */
  async delete(id: Id, context?: ChangeContext): Promise<ApiKeyRecord> {
    const by = parseContext('delete', context, this.#parts.storesIps)
    const apiKey = await this.#changing(parseId('id', id), (store, id) => store.delete(id, by))
    this.#parts.changes.touch(apiKey.id)
    publish('keystile:deleted', () => ({ apiKeyId: apiKey.id, ownerId: apiKey.ownerId }))
    return apiKey
  }

  async #newSecret(): Promise<NewSecret> {
    const { policy, prefix } = this.#parts
    const token = createToken(prefix)
    const keyPrefix = displayPrefix(token)
    if (policy.current !== 'bcrypt') return { token, keyPrefix, ...newDigest(token, policy) }
    return { token, keyPrefix, keyHash: await slowHashOf(token), hashAlg: 'bcrypt', form: formOf(prefix, 'bcrypt') }
  }

  #revocation(method: string, input: RevokeInput) {
    const given = ownFields(method, input, ['reason'])
    return { reason: parseReason(given.reason), now: new Date(this.#parts.clock()) }
  }

  /** A change that requests under way must not miss. `id` may be written in another way than the row has it. */
  async #changing<T>(id: Id, change: (store: Store, id: Id) => Promise<T>): Promise<T> {
    const store = await this.#parts.store()
    try {
      return await change(store, id)
    } catch (error) {
      if (!isRefusal(error)) this.#parts.changes.touchAll()
      throw error
    } finally {
      this.#parts.changes.touch(id)
    }
  }

  #announce(revoked: readonly ApiKeyRecord[]): void {
    for (const { id, ownerId, revokedReason } of revoked) {
      this.#parts.changes.touch(id)
      publish('keystile:revoked', () => ({ apiKeyId: id, ownerId, reason: revokedReason }))
    }
  }
}

/** With these codes a change has not happened; after any other failure it may have. */
const refusals: readonly string[] = [
  'conflict',
  'not_found',
  'owner_not_found',
  'invalid_argument',
  'limit_reached',
  'forbidden'
]
const isRefusal = (error: unknown) => error instanceof ApiKeyError && refusals.includes(error.code)
