/** @import { Usage } from './types.js' */
import { h } from './dom.js'
import { bucketFormat, number } from './format.js'
import uPlot from './uplot.js'

const height = 180
const leastWidth = 240
const axisWidth = 52
const labelWidth = 72
const dark = matchMedia('(prefers-color-scheme: dark)')
const wholeSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6, 1e7]

/** @param {HTMLElement} place */
const widthOf = (place) => Math.max(leastWidth, place.clientWidth)

/**
 * @param {Usage} usage
 * @returns {uPlot.AlignedData}
 */
function dataOf({ buckets }) {
  const times = buckets.map(({ start }) => new Date(start).getTime() / 1_000)
  // The bars of denied requests stand behind those of allowed ones: to the eye, on top of them.
  return [times, buckets.map(({ allowed, denied }) => allowed + denied), buckets.map(({ allowed }) => allowed)]
}

/**
 * @param {number[]} times
 * @param {Usage} usage
 * @returns {uPlot.Scales}
 */
function scalesOf(times, { by, buckets }) {
  const half = by === 'day' ? 43_200 : 1_800
  const most = Math.max(4, ...buckets.map(({ allowed, denied }) => allowed + denied))
  return {
    x: { time: true, range: () => [(times[0] ?? 0) - half, (times.at(-1) ?? 0) + half] },
    y: { range: () => [0, most * 1.08] }
  }
}

/** As many times as have room below the chart, the last among them.
 * @param {number[]} times
 * @param {number} width
 */
function withRoom(times, width) {
  const step = Math.ceil((times.length * labelWidth) / (width - axisWidth))
  return times.filter((_, i) => (times.length - 1 - i) % step === Math.min(1, step - 1))
}

/**
 * @param {HTMLElement} place
 * @param {Usage} usage
 * @returns {Pick<uPlot.Options, 'axes' | 'series' | 'scales'>}
 */
function drawingOf(place, usage) {
  const style = getComputedStyle(place)
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim()
  const paths = uPlot.paths.bars?.({ size: [0.7, 28], radius: [0.15, 0] })
  const bars = (/** @type {string} */ name) => ({
    fill: colour(name),
    width: 0,
    points: { show: false },
    ...(paths && { paths })
  })
  const format = bucketFormat(usage.by)
  const times = usage.buckets.map(({ start }) => new Date(start).getTime() / 1_000)
  const axis = { stroke: colour('--text-quiet'), font: `12px ${style.fontFamily}`, ticks: { show: false } }
  const x = {
    ...axis,
    size: 28,
    grid: { show: false },
    splits: () => withRoom(times, widthOf(place)),
    values: (/** @type {uPlot} */ _, /** @type {number[]} */ at) =>
      at.map((each) => format.format(new Date(each * 1_000)))
  }
  const y = {
    ...axis,
    size: axisWidth,
    grid: { stroke: colour('--line'), width: 1 },
    incrs: wholeSteps,
    values: (/** @type {uPlot} */ _, /** @type {number[]} */ at) => at.map(number)
  }
  return { series: [{}, bars('--denied'), bars('--allowed')], axes: [x, y], scales: scalesOf(times, usage) }
}

/** The line that says the numbers of the bar under the pointer.
 * @param {Usage} usage
 */
function pointedLine({ buckets, by }) {
  const format = bucketFormat(by, { weekday: 'short' })
  const line = h('p', { class: 'pointed' })
  /** @param {uPlot} chart */
  const point = ({ cursor: { idx } }) => {
    const bucket = typeof idx === 'number' ? buckets[idx] : undefined
    line.textContent = bucket
      ? `${format.format(new Date(bucket.start))}: ${number(bucket.allowed)} allowed, ${number(bucket.denied)} denied`
      : ''
  }
  return { line, point }
}

/**
 * Draws requests over time, again where the width or the colours change.
 * @param {HTMLElement} place
 * @param {Usage} usage
 * @returns {() => void} ends it
 */
export function drawChart(place, usage) {
  const { line, point } = pointedLine(usage)
  /** @type {uPlot | undefined} */
  let chart
  const draw = () => {
    chart?.destroy()
    const options = {
      width: widthOf(place),
      height,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      hooks: { setCursor: [point] },
      ...drawingOf(place, usage)
    }
    chart = new uPlot(options, dataOf(usage), place)
    place.append(line)
  }
  const observer = new ResizeObserver(() => {
    if (place.clientWidth > 0 && widthOf(place) !== chart?.width) draw()
  })
  observer.observe(place)
  dark.addEventListener('change', draw)
  return () => {
    observer.disconnect()
    dark.removeEventListener('change', draw)
    chart?.destroy()
  }
}
