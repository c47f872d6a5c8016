import type { Request } from 'express'
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

/**
 * Who asks: an API key, where keys may, else whoever the app says is signed in.
 * @throws ApiKeyError `not_signed_in`; `forbidden` and `insufficient_scope` for keys; `misconfigured` where the app's answer is none
 */
export async function findAsker(req: Request, actor: FindActor, apiKeyScope: string | undefined): Promise<Asker> {
  const ip = storableIp(req.ip)
  const byKey = markOf(req)?.authenticated
  if (byKey) {
    const { id, ownerId, scopes, expiresAt } = byKey.apiKey
    if (apiKeyScope === undefined)
      throw new ApiKeyError('forbidden', 'Keys are not managed with an API key. Sign in instead.')
    const missing = missingScopes(scopes, [apiKeyScope])
    if (missing.length > 0)
      throw refusal('insufficient_scope', undefined, { requiredScopes: [apiKeyScope], missingScopes: missing })
    const context = { actor: `key:${String(id)}`, ...(ip !== null && { ip }) }
    return { ownerId, scopes, allOwners: false, latestExpiresAt: expiresAt ?? undefined, context }
  }
  const found: unknown = await actor(req)
  if (found === null || found === undefined) throw new ApiKeyError('not_signed_in', 'Sign in to manage API keys.')
  const { ownerId, scopes, allOwners, name } = parseActor(found)
  const context = { actor: name ?? showId(ownerId), ...(ip !== null && { ip }) }
  return { ownerId, scopes, allOwners: allOwners ?? false, latestExpiresAt: undefined, context }
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
