import { h } from './dom.js'

// The page is in English, so its dates are too: in the reader's own kind of English where they have one.
const locale = navigator.languages.find((language) => language.startsWith('en')) ?? 'en'
const dates = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })
const times = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long' })
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
const numbers = new Intl.NumberFormat(locale)
const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 })

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const units = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000]
]

/** @param {string | Date} time */
export function ago(time) {
  const ms = new Date(time).getTime() - Date.now()
  const [unit, length] = units.find(([, each]) => Math.abs(ms) >= each) ?? ['second', 1_000]
  return unit === 'second'
    ? ms < 0
      ? 'just now'
      : 'in less than a minute'
    : relative.format(Math.round(ms / length), unit)
}

/** @param {string | Date} time */
export const date = (time) => dates.format(new Date(time))

/** @param {string | Date} time */
export const dateAndTime = (time) => times.format(new Date(time))

/** @param {number} value */
export const number = (value) => numbers.format(value)

/** A number where there is little room for it.
 * @param {number} value
 */
export const short = (value) => (value < 1_000_000 ? number(value) : compact.format(value))

/**
 * @param {number} value
 * @param {string} one
 */
export const count = (value, one) => `${number(value)} ${value === 1 ? one : `${one}s`}`

/**
 * A time as people read it, and exactly for programs and for those who point at it.
 * @param {string} time
 * @param {(time: string) => string} [write]
 */
export const timeElement = (time, write = date) =>
  h('time', { datetime: time, title: exact.format(new Date(time)) }, write(time))

/**
 * @param {'hour' | 'day'} by
 * @param {Intl.DateTimeFormatOptions} [more]
 */
export function bucketFormat(by, more = {}) {
  /** @type {Intl.DateTimeFormatOptions} */
  const options =
    by === 'day' ? { month: 'short', day: 'numeric', timeZone: 'UTC' } : { hour: 'numeric', minute: '2-digit' }
  return new Intl.DateTimeFormat(locale, { ...options, ...more })
}
