import { isIP, SocketAddress } from 'node:net'
import { LRUCache } from 'lru-cache'

const longestIpv6 = 45
/** To find an address's one form takes as long as the rest of a request's checks, and clients come again. */
const known = new LRUCache<string, string>({ max: 1_000 })

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/

/**
 * An address as it is stored, or null for what is none: behind `trust proxy` the value comes from a header, and
 * headers hold anything. IPv4 addresses in their IPv6 form (RFC 4291 section 2.5.5.2) are unwrapped.
 */
export function storableIp(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const family = isIP(value)
  if (family === 4) return value
  if (family !== 6) return null
  let plain = known.get(value)
  if (plain === undefined) {
    plain = plainIpv6(value)
    if (value.length <= longestIpv6) known.set(value, plain)
  }
  return plain
}

function plainIpv6(value: string): string {
  const zone = value.indexOf('%')
  const bare = zone === -1 ? value : value.slice(0, zone)
  const { address } = new SocketAddress({ address: bare, family: 'ipv6' })
  return mapped.exec(address)?.[1] ?? address
}
