import { invalidArgument, showId } from '../errors.js'
import type { Id } from '../events.js'
import type { ClientShape } from './client.js'
import type { KeyModel } from './key-models.js'

const largest = { Int: 2n ** 31n, BigInt: 2n ** 63n }
const wholeNumber = /^(0|-?[1-9]\d{0,18})$/
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const isUuidText = (text: string): boolean => uuid.test(text)

/**
 * An id as its column has it, undefined where the column can have no such value: in a path, a body, a cursor or a command
 * line every id is text, and PostgreSQL fails a whole query where a UUID is none.
 */
export function idFor(shape: ClientShape, model: KeyModel, field: string, id: Id): Id | undefined {
  const type = shape.idType(model, field)
  if (type === 'Uuid') return typeof id !== 'string' ? undefined : isUuidText(id) ? id.toLowerCase() : undefined
  // What is no text here is a mistake in the app, of which Prisma tells.
  if (type === 'String') return id
  if (typeof id === 'string' && !wholeNumber.test(id)) return undefined
  const value = BigInt(id)
  if (value >= largest[type] || value < -largest[type]) return undefined
  return type === 'Int' ? Number(value) : value
}

/** A key's id as the model has it; undefined: there is no such key. */
export const keyIdFor = (shape: ClientShape, id: Id): Id | undefined => idFor(shape, 'ApiKey', 'id', id)

/**
 * An owner's id as the model has it; undefined: there is no such owner.
 * @throws ApiKeyError `invalid_argument` where the ids are numbers and this is none
 */
export function ownerIdFor(shape: ClientShape, id: Id): Id | undefined {
  const found = idFor(shape, 'ApiKey', 'userId', id)
  const type = shape.idType('ApiKey', 'userId')
  if (found === undefined && (type === 'Int' || type === 'BigInt'))
    throw invalidArgument('ownerId', `Owners have whole numbers as ids; ${showId(id)} is none.`)
  return found
}
