/** @import { App } from './types.js' */
import { Problem } from './api.js'
import { expiryField } from './expiry-field.js'
import { textField } from './fields.js'
import { openForm } from './form-dialog.js'
import { scopesField } from './scopes-field.js'
import { showToken } from './token.js'

/** @param {string} value */
export const checkName = (value) => (value.trim() === '' ? 'Give the key a name.' : '')

let isAsking = false

/**
 * What a form needs of the scopes; where they can't be had, the page says why. A second press meanwhile opens no second form.
 * @param {App} app
 */
export async function askScopes(app) {
  if (isAsking) return undefined
  isAsking = true
  try {
    return (await app.api.scopes()).items
  } catch (error) {
    if (error instanceof Problem && error.status === 401) app.signedOut()
    else app.announce(error instanceof Error ? error.message : String(error))
    return undefined
  } finally {
    isAsking = false
  }
}

/** @param {App} app */
export async function openCreate(app) {
  const offered = await askScopes(app)
  if (!offered) return
  const name = textField({
    label: 'Name',
    name: 'name',
    hint: 'For you to tell keys apart, such as the program that uses it.',
    check: checkName
  })
  const expiry = expiryField()
  const scopes = scopesField(offered)
  openForm(app, {
    title: 'Create key',
    fields: [name, expiry, scopes],
    submit: 'Create key',
    send: () => app.api.create({ name: name.value(), scopes: scopes.value(), ...expiry.value() }),
    done: ({ token, apiKey }) => {
      void app.reload()
      showToken({
        token,
        title: 'Your new key',
        name: apiKey.name,
        done: () => app.announce(`The key ${apiKey.name} is made.`)
      })
    }
  })
}
