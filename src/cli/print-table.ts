import { paint } from './colour.js'
import { type Column, tableLines } from './table.js'

/** undefined where stdout is no terminal, or one that does not know its width. */
const terminalWidth = () => (process.stdout.isTTY && process.stdout.columns) || undefined

/** A table for stdout: as wide as the terminal, whole where it is none. */
export function printTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const [header = '', ...lines] = tableLines(columns, rows, terminalWidth())
  return `${[paint(process.stdout, 'bold', header), ...lines].join('\n')}\n`
}
