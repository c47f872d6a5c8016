/** What stands in the place of keys where there are none to see. */
import { h, hidden, svg } from './dom.js'

const icon = () =>
  svg(
    'svg',
    { class: 'state-icon', viewBox: '0 0 24 24', width: 40, height: 40, 'aria-hidden': 'true', focusable: 'false' },
    svg('circle', { cx: 8, cy: 15, r: 4 }),
    svg('path', { d: 'M11 12 20 3M16 7l3 3M13.5 9.5l2 2' })
  )

/**
 * @param {string} title
 * @param {string} text
 * @param {Node | undefined} action
 * @param {Record<string, unknown>} [attributes]
 */
const state = (title, text, action, attributes = {}) =>
  h(
    'div',
    { class: 'state', 'data-focus': 'state', tabindex: '-1', ...attributes },
    icon(),
    h('h2', {}, title),
    h('p', {}, text),
    action
  )

/** @param {() => void} create */
export function empty(create) {
  const button = h(
    'button',
    { type: 'button', class: 'button primary', 'data-focus': 'create', onclick: create },
    'Create your first key'
  )
  return state(
    'No keys yet',
    'Make a key for each program that calls the API, so that each can be ended on its own.',
    button,
    {
      'data-create': 'none'
    }
  )
}

/**
 * @param {string} message
 * @param {() => void} retry
 */
export function failed(message, retry) {
  const button = h('button', { type: 'button', class: 'button', onclick: retry }, 'Retry')
  return state('The keys could not be loaded', message, button, { role: 'alert' })
}

/** @param {string | undefined} signInPath */
export function signedOut(signInPath) {
  const link = signInPath && h('a', { class: 'button primary', href: signInPath }, 'Sign in')
  return state('You are signed out', 'Sign in to see and manage your API keys.', link || undefined, {
    role: 'alert',
    'data-create': 'none'
  })
}

export function skeleton() {
  const row = () =>
    h(
      'div',
      { class: 'skeleton-row', 'aria-hidden': 'true' },
      ...['a', 'b', 'c', 'd'].map((name) => h('span', { class: `bone bone-${name}` }))
    )
  return h(
    'div',
    { class: 'skeleton', 'data-focus': 'state', tabindex: '-1' },
    hidden('Loading keys'),
    row(),
    row(),
    row(),
    row()
  )
}
