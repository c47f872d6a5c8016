import type { RowProblem } from '../errors.js'
import type { ImportReport } from '../import/report.js'
import type { HashAlg, TokenForm } from '../token-form.js'
import type { Output } from './output.js'
import { printable } from './printable.js'

const howToNarrow =
  'say how long they all are and of what: --token-length <n> --token-alphabet <hex|base62|base64url>. A wrong length or alphabet shuts their keys out.'

const titles: Readonly<Record<HashAlg, string>> = {
  sha256: 'SHA-256',
  sha512: 'SHA-512',
  hmac: 'HMAC-SHA-256',
  bcrypt: 'bcrypt'
}

const counted = (count: number, one: string) => `${count} ${count === 1 ? one : `${one}s`}`

export function printImport(out: Output, report: ImportReport): Promise<void> {
  return out.result(report, () => {
    const parts = report.problems.length > 0 ? problemLines(report) : [...doneLines(report), ...formLines(report)]
    return `${[...parts, ...noteLines(report)].join('\n')}\n`
  })
}

/** Why nothing was done. */
export function summaryOfBad({ bad, read, hints }: ImportReport): string {
  return [`${bad} of ${counted(read, 'row')} can't be imported; nothing was written.`, ...hints].join(' ')
}

function doneLines({ dryRun, read, imported, unchanged, ownersCreated, hashes }: ImportReport): string[] {
  const done = dryRun ? 'Would import' : 'Imported'
  const kinds = Object.entries(hashes).flatMap(([alg, count]) =>
    count > 0 ? [`${count} ${titles[alg as HashAlg]}`] : []
  )
  const rest =
    unchanged === 0 ? '' : `; ${unchanged} ${unchanged === 1 ? 'was' : 'were'} there already, and not changed`
  return [
    `${done} ${counted(imported, 'key')} of ${counted(read, 'row')}${rest}.`,
    ...(kinds.length > 0 ? [`Hashes: ${kinds.join(', ')}.`] : []),
    ...(ownersCreated > 0 ? [`${dryRun ? 'Would make' : 'Made'} ${counted(ownersCreated, 'owner')}.`] : [])
  ]
}

function formLines({ dryRun, forms }: ImportReport): string[] {
  if (forms.length === 0) return []
  const isWide = forms.some(({ minLength, maxLength }) => minLength !== maxLength)
  return [
    `${dryRun ? 'Then' : 'From now on'}, beside keystile's own, tokens of ${forms.length === 1 ? 'this form' : 'these forms'} are looked up:`,
    ...forms.map((form) => `  ${formText(form)}`),
    ...(isWide
      ? [
          dryRun
            ? `To look up fewer, ${howToNarrow}`
            : `To look up fewer, delete the row in api_key_forms, import again, and ${howToNarrow}`
        ]
      : [])
  ]
}

function formText({ prefix, alphabet, minLength, maxLength, hashAlg }: TokenForm): string {
  const length = minLength === maxLength ? String(minLength) : `${minLength} to ${maxLength}`
  const start = prefix === '' ? 'without a prefix' : `${printable(prefix)}...`
  return `${start}, ${length} characters in all (${alphabet}), by ${titles[hashAlg]}`
}

const problemLines = ({ problems }: ImportReport): string[] => problems.map(line)

const noteLines = ({ notes }: ImportReport): string[] => (notes.length === 0 ? [] : ['Notes:', ...notes.map(line)])

const line = ({ row, line, reason }: RowProblem): string =>
  `row ${row}${line === undefined ? '' : ` (line ${line})`}: ${printable(reason)}`
