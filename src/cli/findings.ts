import type { Check, CheckStatus } from '../doctor/check.js'
import { type Colour, paint } from './colour.js'
import { printable } from './printable.js'

const marks: Readonly<Record<CheckStatus, readonly [text: string, colour: Colour]>> = {
  ok: ['ok', 'green'],
  warn: ['warn', 'yellow'],
  fail: ['fail', 'red'],
  skipped: ['-', 'dim']
}

const margin = ' '.repeat(6)

/** Keys that a check names. */
interface Named {
  readonly id: string
  readonly name: string
  readonly ownerId: string
}

const namedBy = ({ details }: Check) => (Array.isArray(details['examples']) ? (details['examples'] as Named[]) : [])

function linesOf(check: Check): string[] {
  const [text, colour] = marks[check.status]
  const named = namedBy(check)
  const more = Number(check.details['count'] ?? 0) - named.length
  return [
    `${paint(process.stdout, colour, text.padEnd(margin.length))}${check.id}: ${printable(check.message)}`,
    ...named.map(({ id, name, ownerId }) => `${margin}  ${printable(`${id}  ${name}  (owner ${ownerId})`)}`),
    ...(more > 0 && named.length > 0 ? [`${margin}  and ${more} more`] : []),
    ...(check.remedy === null ? [] : [`${margin}-> ${printable(check.remedy)}`])
  ]
}

export type Summary = Readonly<Record<CheckStatus, number>>

export function summaryOf(checks: readonly Check[]): Summary {
  const count = (status: CheckStatus) => checks.filter((check) => check.status === status).length
  return { ok: count('ok'), warn: count('warn'), fail: count('fail'), skipped: count('skipped') }
}

/** Findings for people: a line each, what to do below it, and how many there are of each kind. */
export function findingsText(checks: readonly Check[]): string {
  const { ok, warn, fail, skipped } = summaryOf(checks)
  const warnings = warn === 1 ? '1 warning' : `${warn} warnings`
  return `${[...checks.flatMap(linesOf), '', `${ok} ok, ${warnings}, ${fail} failed, ${skipped} skipped`].join('\n')}\n`
}
