import type { Request } from 'express'
import type { Authenticated } from '../api-key.js'
import type { ApiKeys } from '../create-api-keys.js'
import { ApiKeyError } from '../errors.js'
import { type Id, publishDenied } from '../events.js'
import { storableIp } from '../ip.js'
import type { ChangeContext } from '../key-input.js'
import type { KeyLists } from '../key-lists.js'
import { type Mark, markOf } from '../mark.js'
import { refusal } from '../refusals.js'
import { missingScopes } from '../scopes.js'
import { type FindActor, parseActor } from './actor.js'

/** Who asks, checked. */
export interface Asker {
  readonly ownerId: Id
  readonly scopes: readonly string[]
  readonly allOwners: boolean
  /** The key that asks; undefined: somebody who is signed in. */
  readonly apiKey: Authenticated['apiKey'] | undefined
  readonly context: ChangeContext
}

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
    const { apiKey } = mark.authenticated
    // A key of another instance says nothing about owners of this one.
    const refused = refusalOfKey(mark, mark.keys === keys ? apiKeyScope : undefined)
    if (refused) throw denied(refused, mark, ip)
    const context = { actor: `key:${String(apiKey.id)}`, ...from }
    return { ownerId: apiKey.ownerId, scopes: apiKey.scopes, allOwners: false, apiKey, context }
  }
  const found: unknown = await actor(req)
  if (found === null || found === undefined) {
    // A 401 has to name a scheme (RFC 9110 section 15.5.2); a session has none that is registered.
    const headers = { 'WWW-Authenticate': 'Session realm="api"' }
    throw new ApiKeyError('not_signed_in', 'Sign in to manage API keys.', { headers })
  }
  const { ownerId, scopes, allOwners = false, name = String(ownerId).slice(0, 200) } = parseActor(found)
  return { ownerId, scopes, allOwners, apiKey: undefined, context: { actor: name, ...from } }
}

function refusalOfKey({ authenticated, style }: Mark, needed: string | undefined): ApiKeyError | undefined {
  if (needed === undefined)
    return new ApiKeyError('forbidden', 'Keys are not managed with an API key. Sign in instead.')
  const missing = missingScopes(authenticated?.apiKey.scopes ?? [], [needed])
  if (missing.length === 0) return undefined
  const message = `The API key lacks the scope ${needed}.`
  return refusal('insufficient_scope', style, { requiredScopes: [needed], missingScopes: missing, message })
}

/** Counted and told as what a guard refuses. */
function denied(err: ApiKeyError, mark: Mark, ip: string | null): ApiKeyError {
  mark.countDenied()
  publishDenied({ reason: 'insufficient_scope', status: err.status }, mark.authenticated?.apiKey, ip)
  return err
}

/**
 * A body may come slowly: a key that asks is looked at again once it is there.
 * @throws ApiKeyError `invalid_token` where it was revoked, narrowed or removed meanwhile
 */
export async function requireUnchanged({ apiKey }: Asker, lists: KeyLists): Promise<void> {
  if (!apiKey) return
  const now = await lists.get(apiKey.id)
  const isSame = now?.status === 'active' && missingScopes(now.scopes, apiKey.scopes).length === 0
  if (!isSame || now.expiresAt?.getTime() !== apiKey.expiresAt?.getTime()) throw refusal('revoked')
}
