import type { Owner } from '../api-key.js'
import { type ApiKeys, internalsOf } from '../create-api-keys.js'
import type { Id } from '../events.js'
import { Failure } from './failure.js'

const isEmail = (owner: string) => owner.includes('@')

/** The id of an owner who was named by an id or an email. */
export async function findOwnerId(keys: ApiKeys, owner: string): Promise<Id> {
  return isEmail(owner) ? (await findOwner(keys, owner)).id : owner
}

/** The same for a new key: where the owners are keystile's own, one who is not there is made. */
export async function ensureOwnerId(
  keys: ApiKeys,
  owner: string
): Promise<{ readonly id: Id; readonly made: boolean }> {
  if (!isEmail(owner)) return { id: owner, made: false }
  if (internalsOf(keys).config.source.kind === 'prisma') return { id: (await findOwner(keys, owner)).id, made: false }
  const { owner: found, created } = await keys.ensureOwner({ email: owner })
  return { id: found.id, made: created }
}

async function findOwner(keys: ApiKeys, email: string): Promise<Owner> {
  const found = await keys.findOwner(email)
  if (!found) throw new Failure('owner_not_found', `There is no owner with the email ${email}.`)
  return found
}
