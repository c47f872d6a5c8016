/** @import { Field, Scope } from './types.js' */
import { h } from './dom.js'
import { checkbox, groupField } from './fields.js'

const note = 'You can not give this scope again once it is taken away.'

/**
 * The scopes on offer, and those that a key has beside them.
 * @param {Scope[]} offered
 * @param {string[]} [granted]
 * @returns {Field & { value: () => string[] }}
 */
export function scopesField(offered, granted = []) {
  const names = offered.map(({ name }) => name)
  const beside = granted.filter((name) => !names.includes(name)).map((name) => ({ name, description: note }))
  const choices = [...offered, ...beside].map(({ name, description }) =>
    checkbox('scope', {
      value: name,
      label: h('span', { class: 'mono' }, name),
      ...(description !== name && { hint: description }),
      checked: granted.includes(name)
    })
  )
  const field = groupField({
    legend: 'Scopes',
    names: ['scopes'],
    className: 'scopes',
    hint:
      choices.length > 0
        ? 'Give the key only what its program needs.'
        : 'There are no scopes that you may give to a key.',
    choices
  })
  const checked = () => [...field.root.querySelectorAll('input')].filter((input) => input.checked)
  return { ...field, value: () => checked().map((input) => input.value) }
}
