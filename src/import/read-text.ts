import { invalidArgument } from '../errors.js'
import type { SourceRow } from './source-row.js'
import { isPlainObject } from './values.js'

/**
 * The rows of a JSON array, as `sqlite3 -json` prints one, or of JSON lines, each with its line. No message quotes the text,
 * as the engine's own do.
 * @throws ApiKeyError `invalid_argument` where it is neither
 */
export function readText(text: string): readonly SourceRow[] {
  const bare = text.replace(/^\ufeff/, '')
  const [first] = /\S/.exec(bare) ?? []
  if (first === undefined) throw notJson(empty)
  if (first === '[') return readArray(bare)
  if (first === '{') return readLines(bare)
  throw notJson('it begins with neither [ nor {.')
}

const notJson = (why: string) =>
  invalidArgument('rows', `The rows must be a JSON array, or JSON lines (one object on each line): ${why}`)

const empty =
  'there is nothing at all. Did the command that prints them fail? sqlite3 -json prints nothing for a table without rows; [] is none.'

function readLines(text: string): readonly SourceRow[] {
  const lines = text.split('\n').map((line, index) => ({ text: line.trim(), line: index + 1 }))
  const rows = lines
    .filter((line) => line.text !== '')
    .map(({ text, line }, index) => sourceRow(index + 1, line, text, 'it is not one JSON object on one line'))
  const [first] = rows
  // As they are indented: each line would be bad, and none says why.
  if (rows.length > 1 && !rows.some(({ value }) => isPlainObject(value))) throw notJson(severalLines)
  if (rows.length === 1 && hasRows(first?.value)) throw notJson(insideObject)
  return rows
}

const severalLines =
  'no line of it is an object. Where an object goes over several lines, put [ and ] around all of them, or write each on one line; where it has the rows in it, give the array alone.'
const insideObject =
  'it is one object that has an array of objects in it. Where these are the rows, give the array alone.'

const hasRows = (value: unknown): boolean =>
  isPlainObject(value) && Object.values(value).some((inner) => Array.isArray(inner) && inner.some(isPlainObject))

function sourceRow(row: number, line: number, text: string, broken: string): SourceRow {
  try {
    return { row, line, value: JSON.parse(text) as unknown }
  } catch {
    return { row, line, value: undefined, broken }
  }
}

/** The elements one by one, each with the line on which it begins: where one is broken, the others are still told of. */
function readArray(text: string): readonly SourceRow[] {
  const rows: SourceRow[] = []
  let line = 1
  let depth = 0
  let start = -1
  let startLine = 1
  const end = (at: number) => {
    const element = start === -1 ? '' : text.slice(start, at).trim()
    if (element !== '') rows.push(sourceRow(rows.length + 1, startLine, element, 'it is not JSON'))
    start = -1
  }
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === '\n') line++
    if (/\s/.test(character)) continue
    if (depth === 1 && start === -1 && character !== ',' && character !== ']') {
      start = at
      startLine = line
    }
    if (character === '"') at = endOfString(text, at)
    else if (character === '[' || character === '{') depth++
    else if (character === ']' || character === '}') {
      depth--
      if (depth === 0) {
        end(at)
        if (text.slice(at + 1).trim() !== '') throw notJson(`there is more behind the array's end, on line ${line}.`)
        return rows
      }
    } else if (character === ',' && depth === 1) end(at)
  }
  throw notJson('the array has no end; was the file cut?')
}

/** Strings have no raw line breaks. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === '\\') at++
    else if (character === '"') return at
  }
  return text.length
}
