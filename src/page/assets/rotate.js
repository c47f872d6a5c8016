/** @import { App, Key } from './types.js' */
import { h } from './dom.js'
import { groupField, radio } from './fields.js'
import { openForm } from './form-dialog.js'
import { dateAndTime } from './format.js'
import { showToken } from './token.js'

const graces = [
  { value: '0', label: 'Now', hint: 'The old key stops at once. For a key that has leaked.' },
  { value: '1h', label: '1 hour', hint: 'Time for one quick change of settings.' },
  {
    value: '24h',
    label: '24 hours',
    hint: 'Time to change every program that uses it, with no request refused.',
    checked: true
  },
  { value: '7d', label: '7 days', hint: 'For programs that are changed with their next release.' }
]

const hourMs = 3_600_000
const lengths = { 0: 0, '1h': hourMs, '24h': 24 * hourMs, '7d': 168 * hourMs }

/** A key that ends before its grace does not live longer by it.
 * @param {Key} key
 * @param {string} grace
 */
function noteOf({ expiresAt }, grace) {
  const end = Date.now() + lengths[/** @type {keyof typeof lengths} */ (grace)]
  const last = expiresAt === null ? end : Math.min(end, new Date(expiresAt).getTime())
  return grace === '0' ? 'The old key no longer works.' : `The old key works until ${dateAndTime(new Date(last))}.`
}

/**
 * @param {Key} key
 * @param {App} app
 */
export function openRotate(key, app) {
  const grace = groupField({
    legend: 'How long does the old key still work?',
    names: ['grace'],
    className: 'choices',
    choices: graces.map((choice) => radio('grace', choice))
  })
  const picked = () => grace.root.querySelector('input:checked')?.getAttribute('value') ?? '24h'
  const lifetime =
    key.expiresAt === null ? 'It never expires, as this one.' : 'It lives for as long as this one was made to live.'
  openForm(app, {
    title: 'Rotate key',
    intro: [
      h(
        'span',
        {},
        'A new key takes the place of ',
        h('strong', {}, key.name),
        `, with the same name and scopes. ${lifetime}`
      )
    ],
    fields: [grace],
    submit: 'Rotate key',
    send: () => app.api.rotate(key.id, { grace: picked() === '0' ? 0 : picked() }),
    done: ({ token, apiKey }) => {
      void app.reload()
      showToken({
        token,
        title: 'Your new key',
        name: apiKey.name,
        note: noteOf(key, picked()),
        done: () => app.announce(`The key ${apiKey.name} is rotated.`)
      })
    }
  })
}
