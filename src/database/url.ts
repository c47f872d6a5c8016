import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Where the keys live, as far as a URL says. `shown` is what messages may print: never a password. */
export type Location =
  | { readonly provider: 'sqlite'; readonly path: string; readonly url: string; readonly shown: string }
  | {
      readonly provider: 'postgresql'
      readonly schema: string
      readonly url: string
      readonly shown: string
    }

export const defaultUrl = 'file:./keystile.db'

/**
 * Reads a connection string: `file:./keystile.db`, or `postgresql://user:password@host:5432/database?schema=name`.
 * @throws TypeError that says what was expected, without printing what may hold a password
 */
export function parseDatabaseUrl(url: unknown, source: string): Location {
  if (typeof url !== 'string' || url.trim() === '') {
    throw new TypeError(
      `${source} must be a connection string: file:./keystile.db or postgresql://user:password@host:5432/database.`
    )
  }
  if (url.startsWith('file:')) return sqlite(url, source)
  if (/^postgres(ql)?:\/\//.test(url)) return postgresql(url, source)
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(url)?.[0]
  throw new TypeError(
    `${source} ${scheme ? `begins with ${scheme}` : 'is not a URL'}; keystile works with SQLite (file:./keystile.db) and PostgreSQL ` +
      '(postgresql://user:password@host:5432/database).'
  )
}

function sqlite(url: string, source: string): Location {
  const rest = url.slice('file:'.length)
  if (rest === '' || rest.includes(':memory:') || /[?#]/.test(rest)) {
    throw new TypeError(
      `${source} must name a file, such as file:./keystile.db, without parameters; a database in memory is not supported.`
    )
  }
  const path = rest.startsWith('//') ? fileURLToPath(url) : resolve(decode(rest, source))
  return { provider: 'sqlite', path, url: pathToFileURL(path).href, shown: `SQLite, ${path}` }
}

function decode(path: string, source: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw new TypeError(`${source} has a % that begins no percent-encoding.`)
  }
}

const schemaForm = /^[\p{L}_][\p{L}\p{N}_$-]{0,62}$/u

function postgresql(url: string, source: string): Location {
  const parsed = parse(url)
  if (!parsed) {
    throw new TypeError(
      `${source} is not a valid postgresql:// URL. Characters such as # / ? @ % in the password must be percent-encoded.`
    )
  }
  // As Prisma reads it: without one it asks for public, whatever the user's search_path says.
  const schema = parsed.searchParams.get('schema') || 'public'
  if (!schemaForm.test(schema)) {
    throw new TypeError(
      `${source} has a schema that keystile can't use: letters, digits, _, - and $, at most 63 characters.`
    )
  }
  parsed.searchParams.delete('schema')
  const named = schema === 'public' ? '' : `, schema ${schema}`
  return {
    provider: 'postgresql',
    schema,
    url: parsed.href,
    shown: `PostgreSQL, ${parsed.host}${parsed.pathname}${named}`
  }
}

/** undefined also where a bare # / or ? ends the host within the password, the rest of which would pass for a name to show. */
function parse(url: string): URL | undefined {
  try {
    const parsed = new URL(url)
    decodeURIComponent(parsed.username + parsed.password + parsed.pathname)
    return parsed.hash === '' && !(parsed.pathname + parsed.search).includes('@') ? parsed : undefined
  } catch {
    return undefined
  }
}
