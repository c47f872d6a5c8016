import type { Application, Request } from 'express'
import type { Origin } from './api-key.js'
import { storableIp } from './ip.js'

type Trust = (address: string, hop: number) => unknown

/** Addresses that are nobody's (RFC 5737, RFC 3849): whoever trusts these as proxies trusts all. */
const strangers = ['192.0.2.1', '2001:db8::1']
const farHop = 255

const known = new WeakMap<Trust, boolean>()

/** Whether an app's `trust proxy` takes any client's word for its address, as `true` does. */
function trustsAnyone(app: Application | undefined): boolean {
  const trust = app?.get('trust proxy fn') as Trust | undefined
  if (typeof trust !== 'function') return false
  let isForgeable = known.get(trust)
  if (isForgeable === undefined) {
    isForgeable = strangers.some((address) => trust(address, farHop) === true)
    known.set(trust, isForgeable)
  }
  return isForgeable
}

/** Where a request comes from, as Express says. */
export const originOf = (req: Request): Origin => ({
  ip: storableIp(req.ip),
  isForgeable: () => trustsAnyone(req.app)
})
