import { existsSync, statSync } from 'node:fs'
import type { Location } from '../database/url.js'
import type { ApiKeysConfig } from '../options.js'
import { type Finding, fail, ok, skipped, warn } from './check.js'
import type { Patient } from './patient.js'

export async function checkSettings({ problem }: Patient): Promise<Finding> {
  if (problem === undefined) return ok('The settings are understood.')
  return fail(problem, remedyFor(problem))
}

function remedyFor(problem: string): string {
  if (/which models\.owner names|(say|another name:) models: \{ owner:/.test(problem))
    return 'Say in the option models whose keys they are: a model of your schema.'
  if (/The Prisma (schema has no model|model \S+ lacks)/.test(problem))
    return 'Run: npx keystile init, then: npx prisma migrate dev and npx prisma generate'
  return 'Put that right and run this again.'
}

export async function checkFallback({ source }: ApiKeysConfig): Promise<Finding> {
  if (source.kind === 'prisma' || !source.isFallback) return ok('The database is named by your settings.')
  if (process.env['NODE_ENV'] !== 'production') return ok('Nothing names a database: it is the file of the default.')
  return warn(
    'NODE_ENV is production and nothing names a database: on most platforms the default file is gone after the next deploy.',
    'Set DATABASE_URL, to PostgreSQL or to a file on a disk that stays.'
  )
}

export async function checkCache({ cache, source }: ApiKeysConfig): Promise<Finding> {
  if (!cache) {
    const remedy = source.kind === 'prisma' ? 'Give feedUrl, the URL of the same database.' : 'Leave out cache: false.'
    const message = 'Nothing is remembered: each request asks the database.'
    return warn(message, `${remedy} Where that is meant so, all is well.`, { cache: 'off' })
  }
  const { maxKeys, staleMs } = cache
  if (staleMs === undefined)
    return ok(`Up to ${maxKeys} keys are remembered, by the change feed.`, { cache: 'feed', maxKeys })
  return warn(
    `cache.staleMs: a revocation by another process is not seen for ${staleMs} ms.`,
    'Leave out staleMs, and give feedUrl where you pass a Prisma client.',
    { cache: 'stale', maxKeys, staleMs }
  )
}

/** The file of the keys, as far as the settings tell it. */
const fileOf = ({ source, feed }: ApiKeysConfig): Location | undefined =>
  source.kind === 'url' ? source.location : feed

export async function checkFileMode(config: ApiKeysConfig): Promise<Finding> {
  const location = fileOf(config)
  const isSqlite =
    config.source.kind === 'url' ? location?.provider === 'sqlite' : config.source.shape.provider === 'sqlite'
  if (!isSqlite) return skipped('PostgreSQL keeps its own files.')
  if (location?.provider !== 'sqlite') return skipped('The settings do not tell the path of the file.')
  if (process.platform === 'win32') return skipped('Windows has no file modes.')
  const files = [location.path, `${location.path}-wal`, `${location.path}-shm`].filter((path) => existsSync(path))
  if (files.length === 0) return skipped('There is no file yet.')
  const open = files.filter((path) => (statSync(path).mode & 0o077) !== 0)
  if (open.length === 0) return ok('The SQLite file is readable by its user alone.')
  const quoted = open.map((path) => `'${path.replaceAll("'", `'\\''`)}'`).join(' ')
  return warn('Other users of this machine may have access to the SQLite file.', `Run: chmod 600 ${quoted}`, {
    files: open
  })
}
