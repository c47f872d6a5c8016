import { shorten, textWidth } from './text-width.js'

export interface Column<Row> {
  readonly title: string
  readonly text: (row: Row) => string
  /** The least width that is still of use. Left out, the column is printed whole or not at all. */
  readonly least?: number
  /** Colours a text that has its final width. */
  readonly paint?: (text: string, row: Row) => string
}

const gap = 2

/**
 * Lines of a table. In a width that is too small the last columns go first, then what can be shortened is; the first
 * column always stays, whole. Without a width everything is printed.
 */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width?: number): string[] {
  const natural = columns.map(({ title, text }) => Math.max(...[title, ...rows.map(text)].map(textWidth)))
  const widths = width === undefined ? natural : narrow(columns, natural, width)
  const line = (cell: (column: Column<Row>, width: number) => string) =>
    columns
      .slice(0, widths.length)
      .map((column, i) => cell(column, widths[i] ?? 0))
      .join(' '.repeat(gap))
      .trimEnd()
  return [
    line(({ title }, width) => pad(title, width)),
    ...rows.map((row) =>
      line(({ text, paint }, width) => {
        const cell = pad(text(row), width)
        return paint ? paint(cell, row) : cell
      })
    )
  ]
}

function pad(text: string, width: number): string {
  const short = shorten(text, width)
  return short + ' '.repeat(Math.max(0, width - textWidth(short)))
}

function narrow(columns: readonly Column<never>[], natural: readonly number[], width: number): number[] {
  const least = natural.map((wanted, i) => Math.min(wanted, columns[i]?.least ?? wanted))
  const total = (widths: readonly number[]) => widths.reduce((sum, next) => sum + next + gap, -gap)
  while (least.length > 1 && total(least) > width) least.pop()
  const widths = [...least]
  let spare = width - total(widths)
  for (const [i, have] of widths.entries()) {
    const more = Math.min(spare, (natural[i] ?? have) - have)
    widths[i] = have + Math.max(0, more)
    spare -= Math.max(0, more)
  }
  return widths
}
