/** @import { App, Key } from './types.js' */
import { h } from './dom.js'
import { textField } from './fields.js'
import { openForm } from './form-dialog.js'

/**
 * @param {Key} key
 * @param {App} app
 */
export function openRevoke(key, app) {
  const name = h('strong', { class: 'as-typed' }, key.name)
  const typed = textField({
    label: h('span', {}, 'Type ', name, ' to confirm'),
    name: 'confirmation',
    check: (value) => (value.trim() === key.name.trim() ? '' : 'This is not the name of the key.')
  })
  const reason = textField({
    label: 'Reason (optional)',
    name: 'reason',
    hint: 'For those who look at its history later.'
  })
  const earlier = key.rotatedFromId !== null && 'A key that it replaced, and that still works, ends with it.'
  openForm(app, {
    title: 'Revoke key',
    intro: [
      'Every program that uses this key is refused from now on. This can not be undone.',
      ...(earlier ? [earlier] : [])
    ],
    fields: [typed, reason],
    submit: 'Revoke key',
    isDanger: true,
    send: () => app.api.revoke(key.id, reason.value().trim() === '' ? {} : { reason: reason.value().trim() }),
    done: () => {
      app.announce(`The key ${key.name} is revoked.`)
      void app.reload()
    }
  })
}
