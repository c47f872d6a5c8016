import { createHash, timingSafeEqual } from 'node:crypto'

const hexDigest = /^[0-9a-f]{64}$/

/**
 * What is stored of a token and looked up: the hexadecimal SHA-256 of the whole of it. A secret of 256 random bits
 * needs no slow hash (OWASP ASVS 5.0, 6.5.2): nobody can try them all.
 */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** Whether two digests are the same, in a time that does not tell how far they agree. */
export function sameHash(one: string, other: string): boolean {
  return hexDigest.test(one) && hexDigest.test(other) && timingSafeEqual(Buffer.from(one), Buffer.from(other))
}
