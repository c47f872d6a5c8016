import { BlockList, isIP } from 'node:net'
import { type Duration, parseDuration } from './duration.js'
import { describe, describeWord, invalidArgument } from './errors.js'
import { storableIp } from './ip.js'
import { showName } from './spelling.js'

/** So many requests in each window of time. */
export interface RateLimit {
  /** 1 to 1,000,000,000. */
  readonly limit: number
  /** From `'1s'` to `'7d'`. */
  readonly window: Duration
}

const maxRanges = 100
const maxLimit = 1_000_000_000
const shortestMs = 1_000
const longestMs = 7 * 86_400_000

interface Range {
  readonly address: string
  readonly bits: number | undefined
  readonly family: 'ipv4' | 'ipv6'
}

/** An address, or a range in CIDR notation (RFC 4632, RFC 4291 section 2.3); undefined for what is none. */
function readRange(text: string): Range | undefined {
  const [written = '', bits, ...more] = text.split('/')
  if (more.length > 0 || written.includes('%') || (bits !== undefined && !/^(0|[1-9]\d{0,2})$/.test(bits)))
    return undefined
  const address = storableIp(written)
  if (address === null) return undefined
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
  // An IPv4 address in its IPv6 form counts its bits from the front of that.
  const skipped = family === 'ipv4' && isIP(written) === 6 ? 96 : 0
  const most = family === 'ipv4' ? 32 : 128
  const length = bits === undefined ? undefined : Number(bits) - skipped
  if (length !== undefined && (length < 0 || length > most)) return undefined
  return { address, bits: length, family }
}

const shown = ({ address, bits }: Range) => (bits === undefined ? address : `${address}/${bits}`)

/**
 * Checks the addresses that a key may be used from; null is anywhere. None at all would be a key that nobody can use.
 * @throws ApiKeyError `invalid_argument`
 */
export function parseAllowedIps(value: unknown): readonly string[] | null {
  if (value === null) return null
  const refuse = (message: string) => invalidArgument('allowedIps', message)
  if (!Array.isArray(value)) throw refuse(`allowedIps must be an array of addresses, or null, not ${describe(value)}.`)
  if (value.length === 0) throw refuse('allowedIps has no address: nobody could use the key. null is anywhere.')
  if (value.length > maxRanges) throw refuse(`A key has at most ${maxRanges} allowedIps; these are ${value.length}.`)
  const ranges = value.map((each: unknown) => {
    const range = typeof each === 'string' ? readRange(each) : undefined
    if (range) return shown(range)
    throw refuse(
      `${describeWord(each)} is no address or range: they are such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.`
    )
  })
  return [...new Set(ranges)]
}

/** @throws ApiKeyError `invalid_argument` */
export function parseRateLimit(value: unknown): RateLimit | null {
  if (value === null) return null
  const refuse = (message: string) => invalidArgument('rateLimit', message)
  if (typeof value !== 'object' || Array.isArray(value))
    throw refuse(`rateLimit must be { limit, window } or null, not ${describe(value)}.`)
  const { limit, window, ...more } = value as Partial<RateLimit>
  const [unknown] = Object.keys(more)
  if (unknown !== undefined)
    throw refuse(`rateLimit knows no field ${JSON.stringify(showName(unknown))}: it is { limit, window }.`)
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1 || limit > maxLimit)
    throw refuse(`rateLimit.limit must be a whole number from 1 to ${maxLimit}, not ${describeWord(limit)}.`)
  const windowMs = parseDuration(window)
  if (windowMs === undefined || windowMs < shortestMs || windowMs > longestMs)
    throw refuse(`rateLimit.window must be a duration from '1s' to '7d', not ${describeWord(window)}.`)
  return { limit, window: window as Duration }
}

/**
 * Whether an address, as `storableIp` gives it, is one of these, or in one of these ranges. A list for each family: Node takes
 * an IPv4 address for its IPv6 form too, and `::/0`, which is all of IPv6, would then be IPv4 as well.
 */
export function matcherOf(ranges: readonly string[]): (ip: string) => boolean {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const text of ranges) {
    const { address, bits, family } = readRange(text) as Range
    if (bits === undefined) lists[family].addAddress(address, family)
    else lists[family].addSubnet(address, bits, family)
  }
  return (ip) => {
    const family = isIP(ip) === 4 ? 'ipv4' : 'ipv6'
    return lists[family].check(ip, family)
  }
}
