/** What those who ask may give to keys. */
import { isDeepStrictEqual } from 'node:util'
import type { ApiKeyRecord } from '../api-key.js'
import { grantable, type ScopeCatalogue } from '../catalogue.js'
import { ApiKeyError, invalidArgument } from '../errors.js'
import { covers, missingScopes, parseScopes } from '../scopes.js'
import { showName } from '../spelling.js'
import type { Asker } from './asker.js'

const lacking = (scopes: readonly string[]) =>
  new ApiKeyError('forbidden', `You may not grant ${scopes.map(showName).join(', ')}.`, {
    missingScopes: scopes.map(showName),
    field: 'scopes'
  })

/**
 * A key can do no more than who makes it may grant, and nothing that the app does not know.
 * @throws ApiKeyError `forbidden`, or `invalid_argument` for a scope that the app has not
 */
export function requireGrantable(asker: Asker, wanted: readonly string[], catalogue: ScopeCatalogue | undefined): void {
  const scopes = parseScopes(wanted)
  const missing = missingScopes(asker.scopes, scopes)
  if (missing.length > 0) throw lacking(missing)
  const unknown = catalogue && scopes.find((scope) => !Object.keys(catalogue).some((name) => covers(scope, name)))
  if (unknown !== undefined) throw invalidArgument('scopes', `There is no scope "${showName(unknown)}".`)
}

/** What a key makes may be used from no more places than it, and no more often. */
export const limitsOf = ({ apiKey }: Asker) => apiKey && { allowedIps: apiKey.allowedIps, rateLimit: apiKey.rateLimit }

/** A token with other limits than one's own would be a way around them. */
function requireSameLimits(asker: Asker, { allowedIps, rateLimit }: ApiKeyRecord): void {
  const own = limitsOf(asker)
  if (!own || (own.allowedIps === null && own.rateLimit === null)) return
  if (isDeepStrictEqual(own, { allowedIps, rateLimit })) return
  throw new ApiKeyError('forbidden', 'A key with limits rotates only keys with the same ones.')
}

/** A rotation hands out a new token, so whoever asks for it must be allowed to grant all that the key has. */
export const requireRotatable = (asker: Asker) => (key: ApiKeyRecord) => {
  requireSameLimits(asker, key)
  const missing = missingScopes(asker.scopes, key.scopes)
  if (missing.length === 0) return
  throw new ApiKeyError(
    'forbidden',
    `This key has scopes that you may not grant: ${missing.map(showName).join(', ')}. Revoke it instead.`,
    { missingScopes: missing.map(showName) }
  )
}

/** When what a key makes has to end at the latest; undefined: it may live as long as wished. */
export const latestEnd = ({ apiKey }: Asker): Date | undefined => apiKey?.expiresAt ?? undefined

const outlives = (asker: Asker, expiresAt: Date | null) => {
  const latest = latestEnd(asker)
  return latest !== undefined && (expiresAt === null || expiresAt > latest)
}

/** @throws ApiKeyError `forbidden` where a key would outlive the key that asks for it */
export function requireInTime(asker: Asker, expiresAt: Date | null): void {
  if (!outlives(asker, expiresAt)) return
  const end = latestEnd(asker)?.toISOString()
  throw new ApiKeyError('forbidden', `A key can not outlive the key that makes it, which expires ${end}.`, {
    field: 'expiresAt'
  })
}

/** A key that lives longer than the one that asks must not get from it what it lacks. */
export const requireWidenable = (asker: Asker, scopes: readonly string[]) => (key: ApiKeyRecord) => {
  const added = missingScopes(key.scopes, scopes)
  if (added.length === 0 || !outlives(asker, key.expiresAt)) return
  throw new ApiKeyError('forbidden', 'A key that outlives the key that asks is given no further scopes by it.', {
    field: 'scopes',
    missingScopes: added
  })
}

/** The scopes that somebody is offered, in words. */
export function offered({ scopes }: Asker, catalogue: ScopeCatalogue | undefined) {
  const words = catalogue ?? Object.fromEntries(scopes.map((scope) => [scope, scope]))
  const names = catalogue ? grantable(catalogue, scopes) : scopes
  return names.map((name) => ({ name, description: words[name] ?? name }))
}
