/** @import { Api, Key, Usage } from './types.js' */
import { drawChart } from './chart.js'
import { h, newId } from './dom.js'
import { bucketFormat, count, number } from './format.js'
import { trouble } from './trouble.js'

const spans = /** @type {const} */ ({ day: '30 days', hour: '24 hours' })

/** @param {Usage} usage */
function summary({ allowed, denied, by }) {
  if (allowed + denied === 0) return `No requests in the last ${spans[by]}.`
  return `${count(allowed, 'request')} allowed and ${number(denied)} denied in the last ${spans[by]}.`
}

/** The numbers of the chart, for those who do not see it.
 * @param {Usage} usage
 */
function numbersOf({ buckets, by }) {
  const format = bucketFormat(by)
  const rows = buckets
    .filter(({ allowed, denied }) => allowed + denied > 0)
    .reverse()
    .map(({ start, allowed, denied }) =>
      h(
        'tr',
        {},
        h('th', { scope: 'row' }, format.format(new Date(start))),
        h('td', {}, number(allowed)),
        h('td', {}, number(denied))
      )
    )
  if (rows.length === 0) return null
  const head = [by === 'day' ? 'Day (UTC)' : 'Hour', 'Allowed', 'Denied'].map((name) => h('th', { scope: 'col' }, name))
  const table = h('table', { class: 'numbers' }, h('thead', {}, h('tr', {}, ...head)), h('tbody', {}, ...rows))
  return h('details', {}, h('summary', {}, 'Show the numbers'), table)
}

const legend = () =>
  h(
    'p',
    { class: 'legend', 'aria-hidden': 'true' },
    h('span', { class: 'mark mark-allowed' }),
    'Allowed',
    h('span', { class: 'mark mark-denied' }),
    'Denied'
  )

/**
 * @param {(by: 'hour' | 'day') => void} pick
 */
function toggle(pick) {
  /** @type {['hour' | 'day', string][]} */
  const choices = [
    ['hour', spans.hour],
    ['day', spans.day]
  ]
  const buttons = choices.map(([by, label]) =>
    h(
      'button',
      { type: 'button', class: 'segment', 'aria-pressed': String(by === 'day'), onclick: () => press(by) },
      label
    )
  )
  const press = (/** @type {'hour' | 'day'} */ picked) => {
    for (const [i, [by]] of choices.entries()) buttons[i]?.setAttribute('aria-pressed', String(by === picked))
    pick(picked)
  }
  return h('div', { class: 'segments', role: 'group', 'aria-label': 'Period' }, ...buttons)
}

/**
 * What became of a key's requests over time.
 * @param {{ key: Key, api: Api, signedOut: () => void, signal: AbortSignal }} parts
 */
export function usageView({ key, api, signedOut, signal }) {
  const id = newId()
  const words = h('p', { class: 'summary', role: 'status' })
  const body = h('div', { class: 'usage-body' })
  let stopChart = () => {}
  let round = 0
  signal.addEventListener('abort', () => stopChart())

  const load = async (/** @type {'hour' | 'day'} */ by) => {
    const own = ++round
    body.setAttribute('aria-busy', 'true')
    try {
      const usage = await api.usage(key.id, by)
      if (own !== round || signal.aborted) return
      words.textContent = summary(usage)
      const place = h('div', { class: 'chart', role: 'img', 'aria-label': `Chart: ${summary(usage)}` })
      stopChart()
      body.replaceChildren(place, ...[legend(), numbersOf(usage)].filter((each) => each !== null))
      stopChart = drawChart(place, usage)
    } catch (error) {
      if (own !== round || signal.aborted) return
      words.textContent = ''
      body.replaceChildren(trouble(error, () => load(by), signedOut))
    } finally {
      if (own === round) body.setAttribute('aria-busy', 'false')
    }
  }
  void load('day')
  const head = h('div', { class: 'section-head' }, h('h3', { id }, 'Usage'), toggle(load))
  return h('section', { 'aria-labelledby': id }, head, words, body)
}
