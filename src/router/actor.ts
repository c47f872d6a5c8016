import type { Request } from 'express'
import { describe } from '../errors.js'
import type { Id } from '../events.js'
import { parseContext, parseId } from '../key-input.js'
import { refusal } from '../refusals.js'

/** Who is signed in, as the app knows them. */
export interface Actor {
  /** Whose keys they manage. */
  readonly ownerId: Id
  /** The scopes that they may give to keys; wildcards too, such as `*` or `reports:*`. */
  readonly scopes: readonly string[]
  /** Whether they may see and change the keys of every owner. Default false. */
  readonly allOwners?: boolean
  /** What the audit trail calls them, in one line of 200 characters at most. Default, and where it is null: the owner's id. */
  readonly name?: string | null
}

export type FindActor = (req: Request) => Actor | null | undefined | Promise<Actor | null | undefined>

const fromApp = (message: string) => refusal('misconfigured', undefined, { message })

/**
 * What an app says is not what a request says; still, an `undefined` in it must not come to mean every owner.
 * @throws ApiKeyError `misconfigured`
 */
export function parseActor(value: unknown): Actor & { readonly name?: string } {
  if (typeof value !== 'object' || value === null)
    throw fromApp(`actor() must return { ownerId, scopes } or null, not ${describe(value)}.`)
  const { ownerId, scopes, allOwners } = value as Actor
  const name = (value as Actor).name ?? undefined
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
  try {
    if (name !== undefined) parseContext('actor', { actor: name }, false)
  } catch {
    throw fromApp('actor() returned a name that is no line of at most 200 characters.')
  }
  return { ownerId, scopes: [...scopes], ...(allOwners && { allOwners }), ...(name !== undefined && { name }) }
}
