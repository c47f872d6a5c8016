/** @import { App, Key } from './types.js' */
import { openDetails } from './details.js'
import { h } from './dom.js'
import { openEdit } from './edit.js'
import { ago, date, number, short, timeElement } from './format.js'
import { openRemove } from './remove.js'
import { openRevoke } from './revoke.js'
import { openRotate } from './rotate.js'
import { sparkline } from './sparkline.js'
import { badge, canEdit, canRotate, chips, isOver } from './status.js'

const mostChips = 3

// Roles are said once more: where the table becomes cards, its display takes them away from screen readers.
/**
 * @param {string} label
 * @param {...import('./dom.js').Child} children
 */
const cell = (label, ...children) =>
  h(
    'td',
    { role: 'cell', class: `cell-${label.toLowerCase().replaceAll(' ', '-')}`, 'data-label': label },
    h('div', {}, ...children)
  )

/**
 * @param {Key} key
 * @param {App} app
 */
function actions(key, app) {
  /** @type {(name: string, open: (key: Key, app: App) => void, danger?: boolean) => HTMLElement} */
  const button = (name, open, danger = false) =>
    h(
      'button',
      {
        type: 'button',
        class: danger ? 'button small danger-quiet' : 'button small',
        'aria-label': `${name} ${key.name}`,
        'data-focus': `${key.id} ${name}`,
        onclick: () => open(key, app)
      },
      name
    )
  return h(
    'div',
    { class: 'actions' },
    canRotate(key) && button('Rotate', openRotate),
    canEdit(key) && button('Edit', openEdit),
    isOver(key) ? button('Delete', openRemove, true) : button('Revoke', openRevoke, true)
  )
}

/** @param {Key} key */
function lastUsed({ lastUsedAt, lastUsedIp }) {
  if (lastUsedAt === null) return h('span', { class: 'quiet' }, 'Never')
  return h(
    'span',
    { class: 'stack' },
    timeElement(lastUsedAt, ago),
    lastUsedIp && h('span', { class: 'quiet mono address' }, lastUsedIp)
  )
}

/** @param {Key} key */
function ends({ status, expiresAt }) {
  if (expiresAt === null) return h('span', { class: 'quiet' }, 'Never')
  return h(
    'span',
    { class: 'stack' },
    timeElement(expiresAt),
    status === 'active' && h('span', { class: 'quiet' }, ago(expiresAt))
  )
}

/**
 * @param {Key} key
 * @param {App} app
 * @param {boolean} hasOwners
 */
function row(key, app, hasOwners) {
  const name = h(
    'button',
    {
      type: 'button',
      class: 'link',
      'data-focus': `${key.id} details`,
      'aria-haspopup': 'dialog',
      onclick: () => openDetails(key, app)
    },
    key.name
  )
  return h(
    'tr',
    { role: 'row', class: isOver(key) ? 'over' : '', 'data-key': key.id },
    h('th', { role: 'rowheader', scope: 'row' }, name, h('span', { class: 'mono quiet prefix' }, key.keyPrefix)),
    hasOwners && cell('Owner', h('span', { class: 'mono owner', title: key.ownerId }, key.ownerId)),
    cell('Scopes', chips(key.scopes, mostChips)),
    cell('Status', badge(key)),
    cell('Created', timeElement(key.createdAt, date)),
    cell('Expires', ends(key)),
    cell('Last used', lastUsed(key)),
    cell(
      'Requests',
      h(
        'span',
        { class: 'requests' },
        h('span', { class: 'number', title: number(key.usageCount) }, short(key.usageCount)),
        key.recentUsage && sparkline(key.recentUsage)
      )
    ),
    cell('Actions', actions(key, app))
  )
}

/**
 * @param {Key[]} items
 * @param {App} app
 */
export function table(items, app) {
  const hasOwners = new Set(items.map(({ ownerId }) => ownerId)).size > 1
  const names = [
    'Key',
    ...(hasOwners ? ['Owner'] : []),
    'Scopes',
    'Status',
    'Created',
    'Expires',
    'Last used',
    'Requests',
    'Actions'
  ]
  const heads = names.map((name) =>
    h(
      'th',
      { role: 'columnheader', scope: 'col' },
      name === 'Actions' ? h('span', { class: 'visually-hidden' }, name) : name
    )
  )
  return h(
    'table',
    { role: 'table', class: 'table' },
    h('caption', { class: 'visually-hidden' }, 'API keys, the newest first'),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ...heads)),
    h('tbody', { role: 'rowgroup' }, ...items.map((key) => row(key, app, hasOwners)))
  )
}
