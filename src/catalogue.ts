import { describe } from './errors.js'
import { covers, isRequirable } from './scopes.js'
import { showName } from './spelling.js'

/**
 * What an app registers with keystile's types. With a catalogue in it, a guard that asks for another scope does not compile;
 * with its keys, `req.owner` and `getApiKey(req)` have the columns of its owners:
 *
 *     declare module 'keystile' {
 *       interface Register { scopes: typeof scopes; keys: typeof keys }
 *     }
 */
// biome-ignore lint/suspicious/noEmptyInterface: apps add to it.
export interface Register {}

/** The scopes that an app knows, with what they allow in words. */
export type ScopeCatalogue<Name extends string = string> = Readonly<Record<Name, string>>

/** The scopes that guards may ask for: those of the registered catalogue, else any. */
export type RegisteredScope = Register extends { readonly scopes: ScopeCatalogue<infer Name> } ? Name : string

const longest = 200

/**
 * An app's scopes, each with what it allows, in words for those who make keys. Give it to `createApiKeys({ scopes })`, and
 * register its type (see `Register`).
 * @throws TypeError on a name that no guard can ask for, and on a description that is none
 */
export function defineScopes<const Catalogue extends ScopeCatalogue>(catalogue: Catalogue): Readonly<Catalogue> {
  return Object.freeze({ ...parseCatalogue('defineScopes()', catalogue) }) as Readonly<Catalogue>
}

/** @throws TypeError */
export function parseCatalogue(where: string, value: unknown): ScopeCatalogue {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${where} takes an object such as { 'reports:read': 'Read reports' }, not ${describe(value)}.`)
  const entries: [string, unknown][] = Object.entries(value)
  if (entries.length === 0) throw new TypeError(`${where} was given no scope.`)
  for (const [name, words] of entries) {
    if (!isRequirable(name))
      throw new TypeError(
        `${where}: "${showName(name)}" is no scope that a guard can ask for; names are such as "reports:read".`
      )
    if (typeof words !== 'string' || words.trim() === '' || words.length > longest)
      throw new TypeError(
        `${where}: what "${showName(name)}" allows has to be said in 1 to ${longest} characters, not by ${describe(words)}.`
      )
  }
  return value as ScopeCatalogue
}

/** The scopes of a catalogue that somebody may give to keys. */
export function grantable(catalogue: ScopeCatalogue, granted: readonly string[]): readonly string[] {
  return Object.keys(catalogue).filter((name) => granted.some((have) => covers(have, name)))
}
