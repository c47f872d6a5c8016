/** @import { Key } from './types.js' */
import { h, hidden, svg } from './dom.js'
import { count } from './format.js'

const height = 24
const step = 6
const width = 4

const sum = (/** @type {number[]} */ values) => values.reduce((total, value) => total + value, 0)

/**
 * A small chart of the last days: what was allowed, and what was denied on top of it.
 * @param {NonNullable<Key['recentUsage']>} usage
 */
export function sparkline({ allowed, denied }) {
  const most = Math.max(1, ...allowed.map((value, i) => value + (denied[i] ?? 0)))
  const bars = allowed.flatMap((value, i) => {
    const scale = (/** @type {number} */ requests) =>
      requests === 0 ? 0 : Math.max(2, (requests / most) * (height - 2))
    const good = scale(value)
    const bad = Math.min(scale(denied[i] ?? 0), height - good)
    const bar = (/** @type {string} */ name, /** @type {number} */ y, /** @type {number} */ size) =>
      svg('rect', { class: name, x: i * step, y, width, height: size, rx: 1 })
    const ground = good + bad === 0 && bar('spark-none', height - 1, 1)
    return [
      ground,
      good > 0 && bar('spark-allowed', height - good, good),
      bad > 0 && bar('spark-denied', height - good - bad, bad)
    ]
  })
  const size = allowed.length * step - (step - width)
  const text = `In the last ${allowed.length} days: ${count(sum(allowed), 'request')} allowed, ${sum(denied)} denied.`
  return h(
    'span',
    { class: 'spark', title: text },
    svg(
      'svg',
      { width: size, height, viewBox: `0 0 ${size} ${height}`, 'aria-hidden': 'true', focusable: 'false' },
      bars
    ),
    hidden(text)
  )
}
