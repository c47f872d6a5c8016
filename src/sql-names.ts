/** The two databases that keys live in. */
export type Provider = 'sqlite' | 'postgresql'

/** A name for SQL, on either database. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

export const quoteAll = (names: readonly string[]): string => names.map(quote).join(', ')

/** A quoted name as the database's catalogue has it; of one with a schema before it, the last part. */
export function unquote(quoted: string): string {
  const last = /"((?:[^"]|"")*)"$/.exec(quoted)?.[1] ?? quoted
  return last.replaceAll('""', '"')
}
