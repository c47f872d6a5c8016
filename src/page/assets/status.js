/** @import { Key } from './types.js' */
import { h } from './dom.js'

const soonMs = 14 * 86_400_000

/** @param {Key} key */
const isEndingSoon = ({ expiresAt }) => expiresAt !== null && new Date(expiresAt).getTime() - Date.now() < soonMs

/**
 * What a key's state is called: an active key may be about to end, or be replaced already.
 * @param {Key} key
 */
function statusOf(key) {
  if (key.status !== 'active') return key.status
  if (key.rotatedToId !== null) return 'rotating'
  return isEndingSoon(key) ? 'soon' : 'active'
}

const words = {
  active: 'Active',
  soon: 'Expiring soon',
  rotating: 'Rotating',
  expired: 'Expired',
  revoked: 'Revoked',
  damaged: 'Damaged'
}

/** @param {Key} key */
export function badge(key) {
  const status = statusOf(key)
  return h('span', { class: `badge badge-${status}` }, words[status])
}

/** @param {Key} key */
export const canRotate = (key) => key.status === 'active' && key.rotatedToId === null

/** @param {Key} key */
export const canEdit = (key) => key.status === 'active'

/** A damaged key may be revoked as well: its state does not say so, its time does.
 * @param {Key} key
 */
export const isOver = ({ status, revokedAt }) => status === 'expired' || status === 'revoked' || revokedAt !== null

/**
 * @param {string[]} scopes
 * @param {number} [most]
 */
export function chips(scopes, most = scopes.length) {
  if (scopes.length === 0) return h('span', { class: 'quiet' }, 'None')
  const rest = scopes.length - most
  const shown = scopes.slice(0, most).map((scope) => h('li', { class: 'chip' }, scope))
  return h(
    'ul',
    { class: 'chips', role: 'list' },
    shown,
    rest > 0 && h('li', { class: 'chip chip-more', title: scopes.slice(most).join(', ') }, `+${rest} more`)
  )
}
