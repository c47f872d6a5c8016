import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

export type Location =
  | { readonly provider: 'sqlite'; readonly path: string; readonly url: string }
  | { readonly provider: 'postgresql'; readonly url: string }

const expected =
  'This app works with SQLite (file:./example.db) and PostgreSQL (postgresql://user:password@host/database).'

/** @throws TypeError that never shows the URL, since it may hold a password */
export function parseDatabaseUrl(url: string): Location {
  if (url.startsWith('file:')) return sqlite(url)
  const protocol = URL.canParse(url) ? new URL(url).protocol : undefined
  if (protocol !== 'postgresql:' && protocol !== 'postgres:')
    throw new TypeError(`DATABASE_URL ${protocol ? `begins with ${protocol}` : 'is not a URL'}. ${expected}`)
  if (new URL(url).searchParams.has('schema'))
    throw new TypeError('DATABASE_URL has ?schema=; this app keeps its tables in the schema public.')
  return { provider: 'postgresql', url }
}

function sqlite(url: string): Location {
  const rest = url.slice('file:'.length)
  if (rest === '' || /[?#]/.test(rest) || rest.includes(':memory:'))
    throw new TypeError(`DATABASE_URL must name a file, without parameters. ${expected}`)
  const path = rest.startsWith('//') ? fileURLToPath(url) : resolve(decodeURI(rest))
  return { provider: 'sqlite', path, url: pathToFileURL(path).href }
}
