/** @import { Field } from './types.js' */
import { h, newId } from './dom.js'

/** The line below a field that says what is wrong with it, and the links from the field to it. */
function errorLine() {
  const element = h('p', { class: 'field-error', id: newId(), hidden: true })
  /**
   * @param {HTMLElement} target
   * @param {string} hintId
   * @param {string} message
   */
  const show = (target, hintId, message) => {
    element.textContent = message
    element.hidden = message === ''
    const ids = [hintId, message && element.id].filter(Boolean).join(' ')
    if (ids) target.setAttribute('aria-describedby', ids)
    else target.removeAttribute('aria-describedby')
    if (message) target.setAttribute('aria-invalid', 'true')
    else target.removeAttribute('aria-invalid')
  }
  return { element, show }
}

/**
 * @param {{ label: string | Node, name: string, hint?: string, value?: string, check?: (value: string) => string }} parts
 * @returns {Field & { value: () => string }}
 */
export function textField({ label, name, hint = '', value = '', check = () => '' }) {
  const id = newId()
  const input = h('input', { id, name, class: 'input', type: 'text', autocomplete: 'off', spellcheck: 'false' })
  input.value = value
  const hintLine = h('p', { class: 'hint', id: newId() }, hint)
  const error = errorLine()
  const hintId = hint ? hintLine.id : ''
  error.show(input, hintId, '')
  return {
    root: h('div', { class: 'field' }, h('label', { for: id }, label), hint && hintLine, input, error.element),
    names: [name],
    value: () => input.value,
    check: () => check(input.value),
    setError: (message) => error.show(input, hintId, message),
    focus: () => input.focus()
  }
}

/**
 * A group of choices with a line below that tells what the choice means.
 * @param {{
 *   legend: string,
 *   names: string[],
 *   choices: Node[],
 *   hint?: string,
 *   className?: string,
 *   more?: (Node | false)[],
 *   check?: () => string,
 *   focus?: () => HTMLElement | null
 * }} parts
 * @returns {Field}
 */
export function groupField({ legend, names, choices, hint = '', className = '', more = [], check = () => '', focus }) {
  const hintLine = h('p', { class: 'hint', id: newId() }, hint)
  const error = errorLine()
  const root = h(
    'fieldset',
    { class: 'field' },
    h('legend', {}, legend),
    hint && hintLine,
    h('div', { class: className }, ...choices),
    ...more,
    error.element
  )
  const hintId = hint ? hintLine.id : ''
  error.show(root, hintId, '')
  // A group itself is not invalid for screen readers; its choices are.
  root.removeAttribute('aria-invalid')
  const first = () => focus?.() ?? /** @type {HTMLElement | null} */ (root.querySelector('input:checked, input'))
  return {
    root,
    names,
    check,
    setError(message) {
      error.show(root, hintId, message)
      root.removeAttribute('aria-invalid')
      for (const input of root.querySelectorAll('input')) {
        if (message) input.setAttribute('aria-invalid', 'true')
        else input.removeAttribute('aria-invalid')
      }
    },
    focus: () => first()?.focus()
  }
}

/**
 * @param {string} name
 * @param {{ value: string, label: string, hint?: string, checked?: boolean }} choice
 * @param {(value: string) => void} [onPick]
 */
export function radio(name, { value, label, hint, checked = false }, onPick = () => {}) {
  const input = h('input', { type: 'radio', name, value, checked, onchange: () => onPick(value) })
  return h('label', { class: 'choice' }, input, h('span', {}, label, hint && h('span', { class: 'hint' }, hint)))
}

/**
 * @param {string} name
 * @param {{ value: string, label: string | Node, hint?: string, checked?: boolean }} choice
 */
export function checkbox(name, { value, label, hint, checked = false }) {
  const input = h('input', { type: 'checkbox', name, value, checked })
  return h('label', { class: 'choice' }, input, h('span', {}, label, hint && h('span', { class: 'hint' }, hint)))
}
