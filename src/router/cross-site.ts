import type { Request } from 'express'
import { ApiKeyError } from '../errors.js'

const safeMethods = ['GET', 'HEAD', 'OPTIONS']

/** A proxy in front may have changed Host; what it says of that counts where the app trusts it. */
function hostsOf(req: Request): readonly (string | undefined)[] {
  const trusts = req.app?.get('trust proxy fn') as ((address: string | undefined, hop: number) => boolean) | undefined
  const forwarded = req.headers['x-forwarded-host']
  const isTrusted = trusts?.(req.socket.remoteAddress, 0) ?? false
  return isTrusted && typeof forwarded === 'string' ? [forwarded.split(',')[0]?.trim()] : [req.headers.host]
}

function isOwnOrigin(origin: string, req: Request): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, host } = new URL(origin)
  return ['http:', 'https:'].includes(protocol) && hostsOf(req).some((own) => own?.toLowerCase() === host)
}

/**
 * Refuses a change that a page of another site makes a browser ask for. Browsers say where a request comes from in
 * Sec-Fetch-Site (Fetch Metadata); over plain http they leave it out, and Origin says it (RFC 6454). A request with neither
 * is from no browser of today: then it must not carry what only a browser would add by itself, a cookie.
 * @throws ApiKeyError `cross_site`
 */
export function refuseCrossSite(req: Request): void {
  if (safeMethods.includes(req.method)) return
  const { 'sec-fetch-site': site, origin, cookie } = req.headers
  const isOwn =
    site !== undefined ? site === 'same-origin' : origin !== undefined ? isOwnOrigin(origin, req) : cookie === undefined
  if (!isOwn) throw new ApiKeyError('cross_site', 'This request does not come from a page of this site.')
}
