import { ApiKeyError, unavailable } from '../errors.js'

interface PostgresFailure {
  /** SQLSTATE where the server spoke, else a code of Node's. */
  readonly code?: string
  readonly message: string
  readonly severity?: string
}

/** What went wrong at opening, in our words. Neither pg's messages nor the server's hold a password. */
export function explainPostgres(error: unknown, shown: string): ApiKeyError {
  if (error instanceof ApiKeyError) return error
  const { code = '', message, severity } = error as PostgresFailure
  if (severity === undefined) return unavailable(`${shown}: the server can't be reached (${code || message}).`)
  if (code.startsWith('28')) return unavailable(`${shown}: the server refused the login: ${message}.`)
  if (code === '3D000') return unavailable(`${shown}: there is no such database. Create it first: createdb.`)
  if (code === '42501' || code === '3F000')
    return new ApiKeyError('not_writable', `${shown}: the user lacks a right that this needs: ${message}.`)
  if (code === '25006') return new ApiKeyError('not_writable', `${shown}: the database is read-only.`)
  if (code === '53100') return new ApiKeyError('not_writable', `${shown}: the disk is full; nothing was changed.`)
  if (/^(08|40|53|55|57)/.test(code)) return unavailable(`${shown}: the server could not do it: ${message}.`)
  return new ApiKeyError(
    'incompatible_database',
    `${shown}: the database could not be migrated, and nothing was changed: ${message}.`
  )
}
