/** @import { KeyEvent } from './types.js' */
import { dateAndTime } from './format.js'

/** @param {unknown} value */
const asObject = (value) =>
  typeof value === 'object' && value !== null ? /** @type {Record<string, unknown>} */ (value) : {}

/** @param {unknown} value */
const asTexts = (value) => (Array.isArray(value) ? value.map(String) : [])

/** @param {unknown} value */
const asTime = (value) => (typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? dateAndTime(value) : 'never')

/**
 * @param {string} name
 * @param {unknown} change
 */
function changeOf(name, change) {
  const { from, to } = asObject(change)
  if (name === 'name') return `renamed from “${from}” to “${to}”`
  if (name === 'expiresAt') return `expiry changed from ${asTime(from)} to ${asTime(to)}`
  if (name !== 'scopes') return `${name} changed`
  const added = asTexts(to).filter((scope) => !asTexts(from).includes(scope))
  const taken = asTexts(from).filter((scope) => !asTexts(to).includes(scope))
  const parts = [added.length > 0 && `added ${added.join(', ')}`, taken.length > 0 && `took away ${taken.join(', ')}`]
  return `scopes: ${parts.filter(Boolean).join('; ')}`
}

/** @param {string} text */
const capital = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`

/** @param {Record<string, unknown>} changes */
function created({ name, scopes, expiresAt, rotatedFromId }) {
  const how = rotatedFromId === undefined ? 'Created' : 'Created in place of an earlier key'
  const what = asTexts(scopes).length > 0 ? ` with ${asTexts(scopes).join(', ')}` : ' without scopes'
  return `${how} as “${name}”${what}, ${expiresAt ? `expiring ${asTime(expiresAt)}` : 'never expiring'}`
}

/**
 * What was done, in words.
 * @param {KeyEvent} event
 */
export function sentence({ type, changes }) {
  if (type === 'created') return created(changes)
  if (type === 'updated')
    return (
      capital(
        Object.entries(changes)
          .map(([name, change]) => changeOf(name, change))
          .join('; ')
      ) || 'Changed'
    )
  if (type === 'rotated') return `Rotated; it ends ${asTime(changes['endsAt'])}`
  if (type === 'revoked') return changes['reason'] ? `Revoked: ${changes['reason']}` : 'Revoked'
  return capital(type)
}
