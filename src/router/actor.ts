import type { Request } from 'express'
import type { Authenticated } from '../api-key.js'
import type { ApiKeys } from '../create-api-keys.js'
import { ApiKeyError, describe, showId } from '../errors.js'
import type { Id } from '../events.js'
import { storableIp } from '../ip.js'
import { type ChangeContext, parseId } from '../key-input.js'
import { markOf } from '../mark.js'
import { refusal } from '../refusals.js'
import { missingScopes } from '../scopes.js'

/** Who is signed in, as the app knows them. */
export interface Actor {
  /** Whose keys they manage. */
  readonly ownerId: Id
  /** The scopes that they may give to keys; wildcards too, such as `*` or `reports:*`. */
  readonly scopes: readonly string[]
  /** Whether they may see and change the keys of every owner. Default false. */
  readonly allOwners?: boolean
  /** What the audit trail calls them. Default: the owner's id. */
  readonly name?: string
}

/** Who asks, checked. */
export interface Asker {
  readonly ownerId: Id
  readonly scopes: readonly string[]
  readonly allOwners: boolean
  /** No key that they make may live longer; undefined: any may. */
  readonly latestExpiresAt: Date | undefined
  readonly context: ChangeContext
}

export type FindActor = (req: Request) => Actor | null | undefined | Promise<Actor | null | undefined>

const fromApp = (message: string) => refusal('misconfigured', undefined, { message })

interface AskerParts {
  readonly keys: ApiKeys
  readonly actor: FindActor
  /** The scope with which keys may ask; undefined: none may. */
  readonly apiKeyScope: string | undefined
}

/**
 * Who asks: an API key, where keys may, else whoever the app says is signed in.
 * @throws ApiKeyError `not_signed_in`; `forbidden` and `insufficient_scope` for keys; `misconfigured` where the app's answer is none
 */
export async function findAsker(req: Request, { keys, actor, apiKeyScope }: AskerParts): Promise<Asker> {
  const ip = storableIp(req.ip)
  const from = ip === null ? {} : { ip }
  const mark = markOf(req)
  if (mark?.authenticated) {
    // A key of another instance says nothing about owners of this one.
    if (apiKeyScope === undefined || mark.keys !== keys)
      throw new ApiKeyError('forbidden', 'Keys are not managed with an API key. Sign in instead.')
    return askerByKey(mark.authenticated, apiKeyScope, from)
  }
  const found: unknown = await actor(req)
  if (found === null || found === undefined) {
    // A 401 has to name a scheme (RFC 9110 section 15.5.2); a session has none that is registered.
    const headers = { 'WWW-Authenticate': 'Session realm="api"' }
    throw new ApiKeyError('not_signed_in', 'Sign in to manage API keys.', { headers })
  }
  const { ownerId, scopes, allOwners = false, name } = parseActor(found)
  return {
    ownerId,
    scopes,
    allOwners,
    latestExpiresAt: undefined,
    context: { actor: name ?? showId(ownerId), ...from }
  }
}

function askerByKey({ apiKey }: Authenticated, needed: string, from: ChangeContext): Asker {
  const { id, ownerId, scopes, expiresAt } = apiKey
  const missing = missingScopes(scopes, [needed])
  if (missing.length > 0)
    throw refusal('insufficient_scope', undefined, { requiredScopes: [needed], missingScopes: missing })
  const context = { actor: `key:${String(id)}`, ...from }
  return { ownerId, scopes, allOwners: false, latestExpiresAt: expiresAt ?? undefined, context }
}

/** What an app says is not what a request says; still, an `undefined` in it must not come to mean every owner. */
function parseActor(value: unknown): Actor {
  if (typeof value !== 'object' || value === null)
    throw fromApp(`actor() must return { ownerId, scopes } or null, not ${describe(value)}.`)
  const { ownerId, scopes, allOwners, name } = value as Actor
  try {
    parseId('ownerId', ownerId)
  } catch {
    throw fromApp(`actor() returned ${describe(ownerId)} as ownerId; it has to be the id of whoever is signed in.`)
  }
  if (!Array.isArray(scopes) || scopes.some((scope) => typeof scope !== 'string'))
    throw fromApp(
      `actor() returned ${describe(scopes)} as scopes; it has to be an array of the scopes that they may grant.`
    )
  if (allOwners !== undefined && typeof allOwners !== 'boolean')
    throw fromApp(`actor() returned ${describe(allOwners)} as allOwners; it has to be true or false.`)
  if (name !== undefined && (typeof name !== 'string' || name.length > 200))
    throw fromApp('actor() returned a name that is no text of at most 200 characters.')
  return { ownerId, scopes: [...scopes], ...(allOwners && { allOwners }), ...(name !== undefined && { name }) }
}
