import { Problem } from './api.js'
import { h } from './dom.js'

/**
 * What stands in the place of a part that could not be loaded.
 * @param {unknown} error
 * @param {() => void} retry
 * @param {() => void} signedOut
 */
export function trouble(error, retry, signedOut) {
  if (error instanceof Problem && error.status === 401) signedOut()
  const message = error instanceof Error ? error.message : String(error)
  return h(
    'div',
    { class: 'trouble', role: 'alert' },
    h('p', {}, message),
    h('button', { type: 'button', class: 'button small', onclick: retry }, 'Retry')
  )
}
