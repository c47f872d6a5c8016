import { isIP, SocketAddress } from 'node:net'

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
  const zone = value.indexOf('%')
  const bare = zone === -1 ? value : value.slice(0, zone)
  const { address } = new SocketAddress({ address: bare, family: 'ipv6' })
  return mapped.exec(address)?.[1] ?? address
}
