/** Elements, made without any HTML text: what comes from keys can only ever be text. */

/** @typedef {Node | string | number | null | undefined | false} Child */

const svgNamespace = 'http://www.w3.org/2000/svg'

/**
 * @param {Element} element
 * @param {Record<string, unknown>} attributes
 */
function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue
    if (typeof value === 'function') element.addEventListener(name.slice(2), /** @type {EventListener} */ (value))
    else element.setAttribute(name, value === true ? '' : String(value))
  }
}

/**
 * @param {Element} element
 * @param {(Child | Child[])[]} children
 */
function add(element, children) {
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false)
      element.append(typeof child === 'object' ? child : String(child))
  }
}

/**
 * An element; `onclick` and the like are listeners.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  setAttributes(element, attributes)
  add(element, children)
  return element
}

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Child | Child[])} children
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(svgNamespace, tag)
  setAttributes(element, attributes)
  add(element, children)
  return element
}

let last = 0

/** An id that no other element has: labels and descriptions refer to it. */
export const newId = () => `k${++last}`

/** Text for screen readers alone.
 * @param {string} text
 */
export const hidden = (text) => h('span', { class: 'visually-hidden' }, text)

/**
 * Focuses the element of this `data-focus`; where it is gone, what is nearest to it.
 * @param {string | null | undefined} wanted an element of a key is `<id> <what>`
 */
export function focusOn(wanted) {
  const find = (/** @type {string} */ value) =>
    /** @type {HTMLElement | null} */ (document.querySelector(`[data-focus="${CSS.escape(value)}"]:not([hidden])`))
  const [id = ''] = wanted?.split(' ') ?? []
  const target = (wanted && (find(wanted) ?? find(`${id} details`))) || find('create') || find('state')
  target?.focus()
}

/** Focus comes back to an element, or to what replaced it.
 * @param {Element | null} element
 */
export function refocus(element) {
  if (element instanceof HTMLElement && element.isConnected && element !== document.body) element.focus()
  else focusOn(element?.getAttribute('data-focus'))
}
