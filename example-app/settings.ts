import { randomBytes } from 'node:crypto'
import { type Location, parseDatabaseUrl } from './database/url.js'

/** What the environment says. */
export interface Settings {
  readonly port: number
  /** How long SIGTERM leaves load balancers to notice that this process stops. */
  readonly drainMs: number
  readonly database: Location
  /** Cookies for https alone, and nothing made for a demonstration. */
  readonly isProduction: boolean
  readonly sessionSecret: string
  /** How many proxies stand in front, whose word on addresses, host and https counts. */
  readonly proxies: number
  /** Requests of one key in a minute. */
  readonly apiLimit: number
  readonly logLevel: string
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

/** @throws TypeError on a value that is not understood */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const { PORT = '3000', DRAIN_MS = '5000', DATABASE_URL = 'file:./example.db', LOG_LEVEL = 'info' } = env
  const { NODE_ENV, SESSION_SECRET, PROXIES = '0', API_LIMIT = '100' } = env
  const isProduction = NODE_ENV === 'production'
  if (!logLevels.includes(LOG_LEVEL)) throw new TypeError(`LOG_LEVEL must be one of ${logLevels.join(', ')}.`)
  return {
    port: whole('PORT', PORT, 0, 65_535),
    drainMs: whole('DRAIN_MS', DRAIN_MS, 0, 600_000),
    database: parseDatabaseUrl(DATABASE_URL),
    isProduction,
    sessionSecret: secret(SESSION_SECRET, isProduction),
    proxies: whole('PROXIES', PROXIES, 0, 10),
    apiLimit: whole('API_LIMIT', API_LIMIT, 1, 999_999),
    logLevel: LOG_LEVEL
  }
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (!/^\d{1,6}$/.test(text) || value < least || value > most)
    throw new TypeError(`${name} must be a number from ${least} to ${most}.`)
  return value
}

/** Without one, a new start signs everybody out, and two processes don't know each other's sessions. */
function secret(given: string | undefined, isNeeded: boolean): string {
  if (given === undefined && !isNeeded) return randomBytes(32).toString('hex')
  if (given === undefined || given.length < 32)
    throw new TypeError('SESSION_SECRET must be at least 32 random characters. Make one: openssl rand -hex 32')
  return given
}
