import { InvalidArgumentError, Option } from 'commander'
import { type Duration, parseDuration } from '../duration.js'
import type { CreateKeyInput } from '../key-input.js'
import { misuse } from './failure.js'

/** When a key expires, as the methods of ApiKeys take it. */
export type Expiry = { readonly expiresAt: Date | null } | { readonly expiresIn: Duration }

/** In an object of its own: Commander turns a null into an empty string. */
export interface GivenMetadata {
  readonly metadata: Readonly<Record<string, unknown>> | null
}

/** As with metadata, null has to come through. */
export type GivenLimits = Pick<CreateKeyInput, 'allowedIps' | 'rateLimit'>

export const wordsOf = (text: string) => text.split(/[\s,]+/).filter((word) => word !== '')

export const nameOption = () => new Option('--name <name>', 'what its owner calls the key, 1 to 100 characters')

export const scopesOption = () =>
  new Option('--scopes <scopes>', 'what the key may do: "reports:read,reports:write"; "" is nothing').argParser(wordsOf)

export const expiresOption = () =>
  new Option('--expires <when>', 'a duration (90d), a date (2027-01-31: its start, UTC) or never').argParser(
    parseExpiry
  )

export const metadataOption = () =>
  new Option('--metadata <json>', "anything of the app's own, as a JSON object; null is none").argParser(parseMetadata)

export const allowedIpsOption = () =>
  new Option(
    '--allowed-ips <list>',
    'addresses and ranges it may be used from: "203.0.113.0/24 2001:db8::/32"; none, or "", is anywhere'
  ).argParser((text): GivenLimits => {
    const ranges = text === 'none' ? [] : wordsOf(text)
    return { allowedIps: ranges.length === 0 ? null : ranges }
  })

export const rateLimitOption = () =>
  new Option('--rate-limit <limit>', 'requests in a window: 100/1m, 5000/1d; none is no limit of its own').argParser(
    parseRate
  )

export const ownerOption = (description: string) => new Option('--owner <email|id>', description)

export const reasonOption = () => new Option('--reason <text>', 'why, for those who look later')

export const limitOption = () =>
  new Option('--limit <n>', 'at most so many, 1 to 100 (default: 50)').argParser(parseCount)

export const cursorOption = () => new Option('--cursor <cursor>', 'go on where the page before ended')

export const yesOption = () => new Option('--yes', 'do not ask')

/** For lengths of time of which none at all is one too. */
export function parseDurationOrZero(text: string): Duration {
  if (text === '0') return 0
  if (parseDuration(text) === undefined) throw new InvalidArgumentError('Give a duration such as 24h or 30d, or 0.')
  return text as Duration
}

export function parseCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give a whole number.')
  return Number(text)
}

/** For `--from` and `--to`. */
export function parseTime(text: string): Date {
  const time = parseDate(text)
  if (!time) throw new InvalidArgumentError('Give a date such as 2027-01-31, or a time such as 2027-01-31T12:00Z.')
  return time
}

function parseExpiry(text: string): Expiry {
  if (text === 'never') return { expiresAt: null }
  const ms = parseDuration(text)
  if (ms !== undefined && ms > 0) return { expiresIn: text as Duration }
  const expiresAt = parseDate(text)
  if (!expiresAt) {
    throw new InvalidArgumentError('Give a duration such as 90d, a date such as 2027-01-31, or never.')
  }
  if (expiresAt.getTime() <= Date.now()) throw new InvalidArgumentError('That is in the past.')
  return { expiresAt }
}

/** A date, or a time with its offset: without one it would mean something else on each machine. */
function parseDate(text: string): Date | undefined {
  const day = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/.exec(text)?.[1]
  if (day === undefined) return undefined
  const date = new Date(text)
  // The 30th of February would be a day in March.
  const start = new Date(`${day}T00:00Z`)
  const exists = !Number.isNaN(start.getTime()) && start.toISOString().startsWith(day)
  return exists && !Number.isNaN(date.getTime()) ? date : undefined
}

function parseRate(text: string): GivenLimits {
  if (text === 'none') return { rateLimit: null }
  const [, limit, window] = /^(\d{1,10})\/(\d+[smhdw])$/.exec(text) ?? []
  if (limit === undefined) throw new InvalidArgumentError('Give requests and a window, such as 100/1m, or none.')
  return { rateLimit: { limit: Number(limit), window: window as Duration } }
}

function parseMetadata(text: string): GivenMetadata {
  try {
    // What it is an object of, create() and update() check.
    return { metadata: JSON.parse(text) as GivenMetadata['metadata'] }
  } catch {
    throw misuse(`--metadata must be a JSON object, such as '{"team":"ops"}'.`)
  }
}
