/** A table as text: for the terminal, and as Markdown. */
import type { Table } from './columns.js'

/** The first column begins at the left, figures end at the right. */
export function plainTable({ header, rows }: Table): string {
  const lines = [header, ...rows]
  const widths = header.map((_, column) => Math.max(...lines.map((cells) => (cells[column] ?? '').length)))
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd()
    )
    .join('\n')
}

const markdownLine = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`

const isFigure = (cell = '') => /^[-\d.,]*$/.test(cell)

/** Figures stand under each other by their last digits, words by their first letters. */
export function markdownTable({ header, rows }: Table): string {
  const rule = `|${header.map((_, column) => (rows.every((row) => isFigure(row[column])) ? '--:' : '---')).join('|')}|`
  return [markdownLine(header), rule, ...rows.map(markdownLine)].join('\n')
}
