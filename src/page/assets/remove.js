/** @import { App, Key } from './types.js' */
import { h } from './dom.js'
import { openForm } from './form-dialog.js'

/**
 * @param {Key} key
 * @param {App} app
 */
export function openRemove(key, app) {
  openForm(app, {
    title: 'Delete key',
    intro: [
      h(
        'span',
        {},
        'The key ',
        h('strong', { class: 'as-typed' }, key.name),
        ' leaves this list, with what it was used for.'
      ),
      'It is refused already, so no program will notice.'
    ],
    fields: [],
    submit: 'Delete key',
    isDanger: true,
    send: () => app.api.remove(key.id),
    done: () => {
      app.announce(`The key ${key.name} is deleted.`)
      void app.reload()
    }
  })
}
