/** @import { Api, Key, KeyEvent } from './types.js' */
import { h, newId } from './dom.js'
import { sentence } from './event-words.js'
import { dateAndTime, timeElement } from './format.js'
import { trouble } from './trouble.js'

/** @param {KeyEvent} event */
function entry(event) {
  const { type, actor, ip, createdAt } = event
  const by = [actor && `by ${actor}`, ip && `from ${ip}`].filter(Boolean).join(' ')
  return h(
    'li',
    { class: `event event-${type}` },
    h('p', {}, sentence(event)),
    h('p', { class: 'quiet' }, timeElement(createdAt, dateAndTime), by && ` · ${by}`)
  )
}

/**
 * What was done to a key, the newest first.
 * @param {{ key: Key, api: Api, signedOut: () => void, signal: AbortSignal }} parts
 */
export function eventsView({ key, api, signedOut, signal }) {
  const id = newId()
  const list = h('ol', { class: 'events', role: 'list' })
  const foot = h('div', { class: 'more' })
  const section = h('section', { 'aria-labelledby': id }, h('h3', { id }, 'History'), list, foot)

  const load = async (/** @type {string | null} */ cursor) => {
    section.setAttribute('aria-busy', 'true')
    for (const button of foot.querySelectorAll('button')) button.disabled = true
    try {
      const { items, nextCursor } = await api.events(key.id, cursor)
      if (signal.aborted) return
      const entries = items.map(entry)
      list.append(...entries)
      showMore(nextCursor)
      if (cursor !== null) focusFirst(entries)
      if (list.children.length === 0)
        foot.replaceChildren(h('p', { class: 'quiet' }, 'Nothing is kept of what was done to this key.'))
    } catch (error) {
      if (!signal.aborted) foot.replaceChildren(trouble(error, () => load(cursor), signedOut))
    } finally {
      section.setAttribute('aria-busy', 'false')
    }
  }
  const showMore = (/** @type {string | null} */ cursor) => {
    const more = h('button', { type: 'button', class: 'button small', onclick: () => load(cursor) }, 'Load more')
    foot.replaceChildren(...(cursor === null ? [] : [more]))
  }
  void load(null)
  return section
}

/** The button that was pressed is gone.
 * @param {HTMLElement[]} entries
 */
function focusFirst([first]) {
  first?.setAttribute('tabindex', '-1')
  first?.focus()
}
