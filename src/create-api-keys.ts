import type { ApiKeyRecord, Authenticated, Owner } from './api-key.js'
import type { OwnerOf } from './client-types.js'
import { closeInstance, requireTimeout } from './close.js'
import { type Id, publishDenied } from './events.js'
import { type Health, healthOf } from './health.js'
import type { ImportOptions } from './import/options.js'
import type { ImportReport } from './import/report.js'
import { assemble, type Instance } from './instance.js'
import { storableIp } from './ip.js'
import type { KeyHistory } from './key-history.js'
import {
  type ChangeContext,
  type CreateKeyInput,
  ownFields,
  parseEmail,
  parseName,
  type RotateKeyInput,
  type UpdateKeyInput
} from './key-input.js'
import type { KeyLists } from './key-lists.js'
import type { CreatedKey, RevokeInput } from './keys.js'
import type { StoreOpener } from './open-store.js'
import { type ApiKeysConfig, type ApiKeysOptions, parseApiKeysOptions } from './options.js'
import { defaultStyle, refusal } from './refusals.js'
import type { Verifier } from './verifier.js'

interface EnsureOwnerInput {
  readonly email: string
  readonly name?: string
}

/** Everything that can be done with keys, over one database. */
export interface ApiKeys<KeyOwner extends object = Owner>
  extends Pick<KeyLists, 'get' | 'list' | 'findExpiring'>,
    Pick<KeyHistory, 'events' | 'usage' | 'prune'> {
  /**
   * Makes a key. Its token is in the answer and nowhere else. `context` says who does it, for the audit trail.
   * @throws ApiKeyError `owner_not_found` where there is no such owner
   */
  create(input: CreateKeyInput, context?: ChangeContext): Promise<CreatedKey>
  /**
   * Changes what is given and leaves the rest.
   * @throws ApiKeyError `conflict` for a revoked key, and for a new expiry of one that was rotated
   */
  update(id: Id, input: UpdateKeyInput, context?: ChangeContext): Promise<ApiKeyRecord>
  /**
   * Makes a successor with the same owner, name, scopes, limits and metadata, and sets when the old key ends. Two at once: one wins.
   * @throws ApiKeyError `conflict` for a key that is revoked, expired or already rotated
   */
  rotate(id: Id, input: RotateKeyInput, context?: ChangeContext): Promise<CreatedKey>
  /**
   * Ends a key for good, and its predecessors that are still in grace. Once it resolves, no request of this process is let
   * in by them. Revoking again changes nothing: the first time and reason stay.
   */
  revoke(id: Id, input?: RevokeInput, context?: ChangeContext): Promise<ApiKeyRecord>
  /** Ends a key of which only the token is known, as after a leak. */
  revokeToken(token: string, input?: RevokeInput, context?: ChangeContext): Promise<ApiKeyRecord>
  /** Ends every key of an owner. Resolves with how many were not revoked before; 0 for an owner that there is not. */
  revokeOwner(ownerId: Id, input?: RevokeInput, context?: ChangeContext): Promise<{ readonly revoked: number }>
  /** Removes a key's row and returns what it was. To know later what a key did, revoke it instead. */
  delete(id: Id, context?: ChangeContext): Promise<ApiKeyRecord>
  /**
   * Brings in keys that were made elsewhere, by their hashes: all rows, or none where one is bad. Columns are those of
   * `api_keys`, in snake_case or camelCase. Keys that are there already stay as they are, so it can be repeated.
   * @throws ApiKeyError `invalid_argument` where rows are bad: `problems` has each with its reason. With `dryRun` the report has them
   */
  import(rows: readonly object[], options?: ImportOptions, context?: ChangeContext): Promise<ImportReport>
  /**
   * Verifies a token outside Express: a WebSocket's upgrade, a queue, another framework. Counts as a use.
   * @throws ApiKeyError `invalid_token`, or `unavailable` where the database can't answer
   */
  verify(token: string, options?: { readonly ip?: string }): Promise<Authenticated<KeyOwner>>
  /**
   * Asks the database now instead of at the first request, so that a wrong setting shows when the app starts. Later it
   * finds out whether a database that was down is back, where no requests do.
   * @throws ApiKeyError `unavailable`, `not_migrated`, `incompatible_database` or `not_writable`
   */
  ready(): Promise<void>
  /**
   * The owner with this email, or null.
   * @throws ApiKeyError `invalid_argument` where the app's own owner model has no field email
   */
  findOwner(email: string): Promise<Owner | null>
  /**
   * The owner with this email, made where there is none. Only where keystile has owners of its own: with a Prisma client
   * of the app's, owners are the app's.
   */
  ensureOwner(input: EnsureOwnerInput): Promise<{ readonly owner: Owner; readonly created: boolean }>
  /** How the instance does, without asking the database: for a readiness probe. */
  health(): Health
  /**
   * Refuses new requests with 503, lets those under way finish, writes all counts, closes what keystile opened.
   * @returns how many uses could not be written in time (`timeoutMs`, 5,000 by default)
   */
  close(options?: { readonly timeoutMs?: number }): Promise<{ readonly unwritten: number }>
}

/** What the middleware and the CLI need of an instance, and an app does not see. */
const internals = new WeakMap<object, Instance>()

/** @throws TypeError where the value was not made by createApiKeys */
export function internalsOf(keys: unknown): Instance {
  const found = typeof keys === 'object' && keys !== null ? internals.get(keys) : undefined
  if (!found) throw new TypeError('keys must be what createApiKeys() returned.')
  return found
}

let shared: ApiKeys | undefined

/**
 * Keys in a database of keystile's own (`url`), or in the app's (`prisma`). Without options it is the default instance,
 * one for the process, which `apiKeyAuth()` uses too. Nothing is opened before it is needed.
 * @throws TypeError on options that are not understood
 */
export function createApiKeys<Client extends object = object, const Select = unknown, const Models = unknown>(
  options?: ApiKeysOptions<Client, Select, Models>
): ApiKeys<OwnerOf<Client, Select, Models>>
export function createApiKeys(options?: unknown): ApiKeys {
  if (options !== undefined) return makeApiKeys(parseApiKeysOptions(options))
  shared ??= makeApiKeys(parseApiKeysOptions(undefined), {
    onClose: () => {
      shared = undefined
    }
  })
  return shared
}

interface Hooks {
  /** Called when `close()` is. */
  readonly onClose?: () => void
  /** Called once everything is closed. */
  readonly onClosed?: () => void
}

export function makeApiKeys(config: ApiKeysConfig, { onClose, onClosed }: Hooks = {}): ApiKeys {
  const instance = assemble(config)
  const { keys, imports, lists, history, opener, verifier } = instance
  let closing: Promise<{ unwritten: number }> | undefined
  const apiKeys: ApiKeys = {
    create: (input, context) => keys.create(input, context),
    get: (id) => lists.get(id),
    list: (input) => lists.list(input),
    findExpiring: (input) => lists.findExpiring(input),
    update: (id, input, context) => keys.update(id, input, context),
    rotate: (id, input, context) => keys.rotate(id, input, context),
    revoke: (id, input, context) => keys.revoke(id, input, context),
    revokeToken: (token, input, context) => keys.revokeToken(token, input, context),
    revokeOwner: (ownerId, input, context) => keys.revokeOwner(ownerId, input, context),
    delete: (id, context) => keys.delete(id, context),
    import: (rows, options, context) => imports.import(rows, options, context),
    events: (input) => history.events(input),
    usage: (id, input) => history.usage(id, input),
    prune: (input, context) => history.prune(input, context),
    verify: async (token, options = {}) => verifyOrThrow(verifier, token, storableIp(options.ip)),
    ensureOwner: (input) => ensureOwner(opener, input),
    health: () => healthOf(instance),

    async ready() {
      // A question that has no answer: with a client of the app's own, it is the first that the database is asked.
      await (await opener.open()).findByHashes(['0'.repeat(64)])
      instance.breaker.answered()
    },

    async findOwner(email) {
      return (await (await opener.open()).findOwner(parseEmail(email))) ?? null
    },

    async close({ timeoutMs = 5_000 } = {}) {
      requireTimeout(timeoutMs)
      if (!closing) {
        onClose?.()
        closing = closeInstance(instance, timeoutMs).finally(onClosed)
      }
      return closing
    }
  }
  internals.set(apiKeys, instance)
  return Object.freeze(apiKeys)
}

async function verifyOrThrow(verifier: Verifier, token: unknown, ip: string | null): Promise<Authenticated> {
  return verifier.verify(typeof token === 'string' ? token : '', { ip, isForgeable: false }, (verdict) => {
    if (verdict.accepted) return { apiKey: verdict.found.apiKey, owner: verdict.found.owner as Owner }
    const { reason, found, cause } = verdict
    const err = refusal(reason, defaultStyle, { cause })
    publishDenied({ reason, status: err.status }, found?.apiKey, ip)
    throw err
  })
}

async function ensureOwner(opener: StoreOpener, input: EnsureOwnerInput) {
  const { email, name = null } = ownFields('ensureOwner', input, ['email', 'name'])
  const store = await opener.open()
  return store.ensureOwner({ email: parseEmail(email), name: name === null ? null : parseName(name) })
}
