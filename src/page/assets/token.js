import { openDialog } from './dialog.js'
import { h, newId } from './dom.js'

/** @param {HTMLElement} element */
function select(element) {
  const range = document.createRange()
  range.selectNodeContents(element)
  const selection = getSelection()
  selection?.removeAllRanges()
  selection?.addRange(range)
}

/**
 * A line of text that can be copied.
 * @param {string} label
 * @param {string} text
 * @param {(message: string) => void} say
 */
function copyLine(label, text, say) {
  const id = newId()
  const code = h('code', { class: 'secret', id, tabindex: '0' }, text)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(code.textContent ?? '')
      say(`${label} copied.`)
    } catch {
      // Over plain http, and where the reader forbids it, there is no clipboard.
      code.focus()
      select(code)
      say(`${label} selected: copy it with Ctrl+C or Cmd+C.`)
    }
  }
  const button = h(
    'button',
    { type: 'button', class: 'button', 'aria-label': `Copy ${label.toLowerCase()}`, onclick: copy },
    'Copy'
  )
  code.setAttribute('aria-label', label)
  code.setAttribute('role', 'textbox')
  code.setAttribute('aria-readonly', 'true')
  return { root: h('div', { class: 'copy-line' }, code, button), code, button }
}

/**
 * Shows a token, this once: it leaves the page with the dialog, which only its button closes.
 * @param {{ token: string, title: string, name: string, note?: string, done: () => void }} parts
 */
export function showToken({ token, title, name, note = '', done }) {
  const said = h('p', { class: 'said', role: 'status' })
  const say = (/** @type {string} */ message) => {
    said.textContent = message
  }
  const key = copyLine('Key', token, say)
  const curl = copyLine('Command', `curl -H "Authorization: Bearer ${token}" ${location.origin}/`, say)
  const finish = h(
    'button',
    { type: 'button', class: 'button primary', onclick: () => dialog.close() },
    'I have saved it'
  )
  const content = h(
    'div',
    { class: 'form' },
    h(
      'div',
      { class: 'dialog-body' },
      h('p', { class: 'warning' }, 'Copy it now and keep it safe: the key is shown only this once.'),
      note && h('p', {}, note),
      h('div', { class: 'field' }, h('h3', {}, name), key.root),
      h('div', { class: 'field' }, h('h3', {}, 'Try it'), curl.root)
    ),
    h('footer', { class: 'dialog-foot' }, said, finish)
  )
  const mayClose = () => {
    say('Have you saved the key? Then press “I have saved it”.')
    finish.focus()
    return false
  }
  const onClose = () => {
    for (const { code } of [key, curl]) code.textContent = ''
    done()
  }
  const dialog = openDialog({ title, content, className: 'dialog-token', hasCross: false, mayClose, onClose })
  key.button.focus()
}
