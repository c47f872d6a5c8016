/** A name for SQL, on either database. */
export const quote = (name: string) => `"${name.replaceAll('"', '""')}"`

export const quoteAll = (names: readonly string[]) => names.map(quote).join(', ')
