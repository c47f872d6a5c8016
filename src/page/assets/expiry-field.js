/** @import { Field } from './types.js' */
import { h, newId } from './dom.js'
import { groupField, radio } from './fields.js'
import { date } from './format.js'

const dayMs = 86_400_000
const usual = '90d'

const presets = [
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
  { value: '90d', label: '90 days' },
  { value: '365d', label: '1 year' },
  { value: 'date', label: 'Custom date' },
  { value: 'never', label: 'Never' }
]

const isoDay = (/** @type {number} */ ms) => {
  const day = new Date(ms)
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0')
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`
}

/** The last second of a day, where the reader is.
 * @param {string} day
 */
const endOf = (day) => new Date(`${day}T23:59:59`)

/** @param {string} picked */
function meaningOf(picked) {
  if (picked === 'never')
    return 'This key works until somebody revokes it. Whoever gets hold of it can use it until then: give it an end where you can.'
  if (picked === 'date') return 'The key ends with that day, in your time zone.'
  return `The key expires on ${date(new Date(Date.now() + Number.parseInt(picked, 10) * dayMs))}.`
}

/** @returns {Field & { value: () => { expiresIn: string } | { expiresAt: string | null } }} */
export function expiryField() {
  let picked = usual
  const tomorrow = isoDay(Date.now() + dayMs)
  const id = newId()
  const day = h('input', { id, type: 'date', class: 'input', min: tomorrow, name: 'date' })
  const dayLine = h('div', { class: 'date-line', hidden: true }, h('label', { for: id }, 'Date'), day)
  const meaning = h('p', { class: 'hint', 'aria-live': 'polite' }, meaningOf(usual))
  const pick = (/** @type {string} */ value) => {
    picked = value
    dayLine.hidden = value !== 'date'
    meaning.textContent = meaningOf(value)
    meaning.className = value === 'never' ? 'warning' : 'hint'
    field.setError('')
  }
  const field = groupField({
    legend: 'Expires',
    names: ['expiresIn', 'expiresAt'],
    className: 'pills',
    choices: presets.map((preset) => radio('expiry', { ...preset, checked: preset.value === usual }, pick)),
    more: [dayLine, meaning],
    check: () => (picked === 'date' && !(day.value >= isoDay(Date.now())) ? 'Choose a day from today on.' : ''),
    focus: () => (picked === 'date' ? day : null)
  })
  return {
    ...field,
    value: () => {
      if (picked === 'never') return { expiresAt: null }
      return picked === 'date' ? { expiresAt: endOf(day.value).toISOString() } : { expiresIn: picked }
    }
  }
}
