/** @import { App, Field } from './types.js' */
import { Problem } from './api.js'
import { openDialog } from './dialog.js'
import { h } from './dom.js'

/**
 * A dialog that asks, sends once at a time, and shows what the API finds wrong at the field that it names.
 * @template Result
 * @param {App} app
 * @param {{
 *   title: string,
 *   intro?: (Node | string)[],
 *   fields: Field[],
 *   submit: string,
 *   isDanger?: boolean,
 *   send: () => Promise<Result>,
 *   done: (result: Result) => void
 * }} parts
 */
export function openForm(app, { title, intro = [], fields, submit, isDanger = false, send, done }) {
  let isSending = false
  const alert = h('p', { class: 'alert', role: 'alert', tabindex: '-1', hidden: true })
  const cancel = h('button', { type: 'button', class: 'button', onclick: () => dialog.close() }, 'Cancel')
  const send1 = h('button', { type: 'submit', class: isDanger ? 'button danger' : 'button primary' }, submit)
  const form = h(
    'form',
    { class: 'form', novalidate: true },
    h(
      'div',
      { class: 'dialog-body' },
      ...intro.map((part) => h('p', {}, part)),
      alert,
      ...fields.map(({ root }) => root)
    ),
    h('footer', { class: 'dialog-foot' }, cancel, send1)
  )
  const dialog = openDialog({ title, content: form, mayClose: () => !isSending })

  const setSending = (/** @type {boolean} */ value) => {
    isSending = value
    form.setAttribute('aria-busy', String(value))
    for (const button of [cancel, send1]) button.disabled = value
  }
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (isSending || !areSound(fields, alert)) return
    setSending(true)
    try {
      const result = await send()
      dialog.close()
      done(result)
    } catch (error) {
      setSending(false)
      showProblem(error, { app, dialog, fields, alert })
    }
  })
  fields[0]?.focus()
}

/**
 * @param {Field[]} fields
 * @param {HTMLElement} alert
 */
function areSound(fields, alert) {
  alert.hidden = true
  /** @type {Field | undefined} */
  let first
  for (const field of fields) {
    const mistake = field.check()
    field.setError(mistake)
    if (mistake) first ??= field
  }
  first?.focus()
  return first === undefined
}

/**
 * @param {unknown} error
 * @param {{ app: App, dialog: { close: () => void }, fields: Field[], alert: HTMLElement }} where
 */
function showProblem(error, { app, dialog, fields, alert }) {
  const isProblem = error instanceof Problem
  if (isProblem && error.status === 401) {
    dialog.close()
    return app.signedOut()
  }
  const message = error instanceof Error ? error.message : String(error)
  const field = isProblem && fields.find(({ names }) => names.includes(error.field ?? ''))
  if (field) {
    field.setError(message)
    return field.focus()
  }
  alert.textContent = message
  alert.hidden = false
  alert.focus()
}
