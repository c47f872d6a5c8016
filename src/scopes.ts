import { describe, describeWord, invalidArgument } from './errors.js'
import { showName } from './spelling.js'

const maxScopesPerKey = 100
const maxScopeLength = 128

// RFC 6749 section 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/

function isScopeName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxScopeLength && scopeToken.test(value)
}

const isWildcard = (scope: string) => scope === '*' || scope.endsWith(':*')

/** Whether a key can have this scope by name: what a client puts into a path may be anything. */
export function isRequirable(scope: string): boolean {
  return isScopeName(scope) && !isWildcard(scope)
}

/** Checks the scopes that a key is to have and drops repetitions. Wildcards are allowed here. */
export function parseScopes(value: unknown): readonly string[] {
  if (!Array.isArray(value))
    throw invalidArgument('scopes', `scopes must be an array of strings, not ${describe(value)}.`)
  if (value.length > 10 * maxScopesPerKey)
    throw invalidArgument('scopes', `A key has at most ${maxScopesPerKey} scopes.`)
  const scopes = [...new Set(value as unknown[])]
  if (scopes.length > maxScopesPerKey) {
    throw invalidArgument('scopes', `A key has at most ${maxScopesPerKey} scopes; these are ${scopes.length}.`)
  }
  for (const scope of scopes) {
    if (isScopeName(scope)) continue
    throw invalidArgument(
      'scopes',
      `${describeWord(scope)} is not a scope name: one is 1 to ${maxScopeLength} ` +
        'printable ASCII characters without space, " or \\ (RFC 6749 section 3.3).'
    )
  }
  return scopes as string[]
}

/**
 * Checks the scopes that a guard asks for, when the app is built. A guard that asks for nothing lets everything
 * through, and one that asks for a wildcard asks for a scope that no route means: both are mistakes.
 */
export function parseRequiredScopes(guard: string, value: readonly unknown[]): readonly string[] {
  if (value.length === 0)
    throw new TypeError(`${guard}() needs at least one scope: without one it would let every key through.`)
  for (const scope of value) {
    if (!isScopeName(scope)) {
      throw new TypeError(
        `${guard}() was given ${describeWord(scope)} as a scope; it takes names such as "reports:read".`
      )
    }
    if (isWildcard(scope)) {
      throw new TypeError(
        `${guard}() was given the wildcard "${showName(scope)}". Keys may have wildcards; a route names what it needs.`
      )
    }
  }
  return [...new Set(value as readonly string[])]
}

/** Texts that were read, with what they say: most keys have one of a few, and then share it. */
const known = new Map<string, readonly string[]>()
const maxKnown = 1_000
const longestKnown = 500

/** The scopes as a row has them, frozen, and read closed: whatever is not a JSON array of strings grants nothing. */
export function readStoredScopes(stored: string | null): { scopes: readonly string[]; damaged: boolean } {
  if (stored === null) return { scopes: none, damaged: false }
  let scopes = known.get(stored)
  if (!scopes) {
    scopes = scopesIn(stored)
    if (!scopes) return { scopes: none, damaged: true }
    if (known.size >= maxKnown) known.clear()
    if (stored.length <= longestKnown) known.set(stored, scopes)
  }
  return { scopes, damaged: false }
}

const none: readonly string[] = Object.freeze([])

function scopesIn(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isSound = Array.isArray(value) && value.every((scope) => typeof scope === 'string')
    return isSound ? Object.freeze(value as string[]) : undefined
  } catch {
    return undefined
  }
}

/** Whether one granted scope covers a required one: `*` everything, `reports:*` whatever begins with `reports:`. */
export function covers(granted: string, required: string): boolean {
  if (granted === required || granted === '*') return true
  return granted.endsWith(':*') && required.startsWith(granted.slice(0, -1))
}

/** The required scopes that none of the granted ones covers. */
export function missingScopes(granted: readonly string[], required: readonly string[]): readonly string[] {
  return required.filter((scope) => !granted.some((have) => covers(have, scope)))
}

/** What both allow: of two names where one covers the other, the narrower. */
export function commonScopes(one: readonly string[], other: readonly string[]): readonly string[] {
  const common = one.flatMap((mine) =>
    other.flatMap((theirs) => (covers(theirs, mine) ? [mine] : covers(mine, theirs) ? [theirs] : []))
  )
  return [...new Set(common)]
}
