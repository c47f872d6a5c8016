/** @import { App, Key } from './types.js' */
import { openDialog } from './dialog.js'
import { h } from './dom.js'
import { eventsView } from './events-view.js'
import { ago, dateAndTime, number, timeElement } from './format.js'
import { badge, chips } from './status.js'
import { usageView } from './usage-view.js'

/** @param {Key} key */
function facts(key) {
  const time = (/** @type {string | null} */ value) => (value === null ? 'Never' : timeElement(value, dateAndTime))
  const named = (/** @type {string} */ name, /** @type {string} */ id) =>
    /** @type {[string, Node]} */ ([name, h('span', { class: 'mono' }, id)])
  /** @type {[string, import('./dom.js').Child][]} */
  const rows = [
    named('Key', key.keyPrefix),
    ['Status', badge(key)],
    ['Scopes', chips(key.scopes)],
    ['Created', time(key.createdAt)],
    ['Expires', time(key.expiresAt)],
    [
      'Last used',
      key.lastUsedAt === null
        ? 'Never'
        : h('span', {}, timeElement(key.lastUsedAt, ago), key.lastUsedIp && ` from ${key.lastUsedIp}`)
    ],
    ['Requests', number(key.usageCount)],
    ...(key.revokedAt === null ? [] : [/** @type {[string, Node | string]} */ (['Revoked', time(key.revokedAt)])]),
    ...(key.revokedReason ? [/** @type {[string, string]} */ (['Reason', key.revokedReason])] : []),
    ...(key.rotatedFromId === null ? [] : [named('Replaces', key.rotatedFromId)]),
    ...(key.rotatedToId === null ? [] : [named('Replaced by', key.rotatedToId)]),
    named('ID', key.id),
    named('Owner', key.ownerId)
  ]
  return h(
    'dl',
    { class: 'facts' },
    ...rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)))
  )
}

/**
 * Everything about a key: what it is, what it was used for, and what was done to it.
 * @param {Key} key
 * @param {App} app
 */
export function openDetails(key, app) {
  const stop = new AbortController()
  const signedOut = () => {
    dialog.close()
    app.signedOut()
  }
  const parts = { key, api: app.api, signedOut, signal: stop.signal }
  const content = h(
    'div',
    { class: 'dialog-body details', tabindex: '-1' },
    facts(key),
    usageView(parts),
    eventsView(parts)
  )
  const dialog = openDialog({ title: key.name, content, className: 'dialog-details', onClose: () => stop.abort() })
}
