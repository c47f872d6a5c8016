/** A row as it came in, and where it stood. */
export interface SourceRow {
  /** The first is 1. */
  readonly row: number
  /** Of the file, where it came from one. */
  readonly line?: number
  readonly value: unknown
  /** Why it could not even be read. */
  readonly broken?: string
}

/** Where a row stood, as problems and notes say it. */
export const placeOf = ({ row, line }: { readonly row: number; readonly line?: number | undefined }) => ({
  row,
  ...(line !== undefined && { line })
})

/** The rows of a caller, who has no lines. */
export const sourceRows = (values: readonly unknown[]): readonly SourceRow[] =>
  values.map((value, index) => ({ row: index + 1, value }))
