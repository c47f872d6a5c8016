import { invalidArgument, showId } from '../errors.js'
import type { Id } from '../events.js'
import type { ClientShape } from './client.js'

const largest = { Int: 2n ** 31n, BigInt: 2n ** 63n }

/**
 * An owner's id as the model has it: in a path, a body or a command line every id is text.
 * @throws ApiKeyError `invalid_argument` where the ids are numbers and this is none
 */
export function ownerIdFor({ ownerIdType }: ClientShape, id: Id): Id {
  if (typeof id !== 'string' || (ownerIdType !== 'Int' && ownerIdType !== 'BigInt')) return id
  const limit = largest[ownerIdType]
  const value = /^-?\d{1,19}$/.test(id) ? BigInt(id) : undefined
  if (value === undefined || value >= limit || value < -limit)
    throw invalidArgument('ownerId', `Owners have whole numbers as ids; ${showId(id)} is none.`)
  return ownerIdType === 'Int' ? Number(value) : value
}
