/** @import { App, Key } from './types.js' */
import { askScopes, checkName } from './create.js'
import { textField } from './fields.js'
import { openForm } from './form-dialog.js'
import { scopesField } from './scopes-field.js'

const isSame = (/** @type {string[]} */ a, /** @type {string[]} */ b) =>
  a.length === b.length && a.every((each) => b.includes(each))

/**
 * @param {Key} key
 * @param {App} app
 */
export async function openEdit(key, app) {
  const offered = await askScopes(app)
  if (!offered) return
  const name = textField({ label: 'Name', name: 'name', value: key.name, check: checkName })
  const scopes = scopesField(offered, key.scopes)
  // What stays is not sent: a scope that one may not give may stay.
  const change = () => ({
    ...(name.value() !== key.name && { name: name.value() }),
    ...(!isSame(scopes.value(), key.scopes) && { scopes: scopes.value() })
  })
  openForm(app, {
    title: 'Edit key',
    intro: ['Changes count for requests from now on; the key itself stays the same.'],
    fields: [name, scopes],
    submit: 'Save',
    send: async () => (Object.keys(change()).length === 0 ? key : app.api.update(key.id, change())),
    done: ({ name: saved }) => {
      app.announce(`The key ${saved} is saved.`)
      void app.reload()
    }
  })
}
