import { type ApiKeys, createApiKeys, internalsOf } from '../create-api-keys.js'
import { describe, describeWord } from '../errors.js'
import { asOptions } from '../options.js'
import { parseRequiredScopes } from '../scopes.js'
import type { FindActor } from './actor.js'

export interface ApiKeyRouterOptions {
  /** The keys that are managed. Default: the default instance, as `createApiKeys()` gives it. */
  readonly keys?: ApiKeys<object>
  /** Who is signed in, or null: asked at every request, by the app's own session. */
  readonly actor: FindActor
  /** How many keys an owner may have, those that expired or were revoked left out: 1 to 10,000. Default 50. */
  readonly maxKeysPerOwner?: number
  /** A scope with which API keys may manage the keys of their owner too, within what they may do themselves. Default: none may. */
  readonly apiKeyScope?: string
  /** Whether the page for owners is served too, at `ui/`. Default false. */
  readonly page?: boolean
  /** Where the page sends those who are not signed in: a path of the app. Default: it says so and leads nowhere. */
  readonly signInPath?: string
}

export type ApiKeyRouterConfig = Required<Omit<ApiKeyRouterOptions, 'keys' | 'apiKeyScope' | 'signInPath'>> & {
  readonly keys: ApiKeys
  readonly apiKeyScope: string | undefined
  readonly signInPath: string | undefined
}

const known = ['keys', 'actor', 'maxKeysPerOwner', 'apiKeyScope', 'page', 'signInPath']

/** @throws TypeError on anything that is not understood */
export function parseRouterOptions(options: unknown): ApiKeyRouterConfig {
  const {
    actor,
    maxKeysPerOwner = 50,
    apiKeyScope,
    page = false,
    signInPath,
    ...given
  } = asOptions('apiKeyRouter', options, known) as ApiKeyRouterOptions
  if (typeof actor !== 'function')
    throw new TypeError(
      `apiKeyRouter() needs actor: a function of the request that returns { ownerId, scopes } or null, not ${describe(actor)}.`
    )
  if (!Number.isInteger(maxKeysPerOwner) || maxKeysPerOwner < 1 || maxKeysPerOwner > 10_000)
    throw new TypeError(`maxKeysPerOwner must be a whole number from 1 to 10000, not ${describeWord(maxKeysPerOwner)}.`)
  if (apiKeyScope !== undefined) parseRequiredScopes('apiKeyRouter', [apiKeyScope])
  if (typeof page !== 'boolean') throw new TypeError(`page must be true or false, not ${describeWord(page)}.`)
  // A path alone: what begins with two slashes, or a backslash, is another site's.
  if (signInPath !== undefined && (typeof signInPath !== 'string' || !/^\/(?![/\\])[^\s\\]*$/.test(signInPath)))
    throw new TypeError(`signInPath must be a path of this app, such as '/sign-in', not ${describeWord(signInPath)}.`)
  const { keys = createApiKeys() } = given
  internalsOf(keys)
  return { keys: keys as ApiKeys, actor, maxKeysPerOwner, apiKeyScope, page, signInPath }
}
