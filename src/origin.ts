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

/** Express's own `req.ip`, of versions 4 and 5. */
const expressIp =
  /^function ip\(\)\s*{\s*var trust = this\.app\.get\('trust proxy fn'\);\s*return proxyaddr\(this, trust\);\s*}$/

/** Whether the getter of a `req.ip` is that. */
const isExpressIp = new WeakMap<object, boolean>()

/**
 * `req.ip`. Where an app trusts no proxy, Express's own is the address of the socket, which it finds in ten times the time, by
 * way of a header that nobody is trusted to send. An app that has made its own `req.ip` is asked for it.
 */
function addressOf(req: Request): unknown {
  // The name of the function that proxy-addr makes where nobody is trusted.
  if (req.app?.settings?.['trust proxy fn']?.name !== 'trustNone') return req.ip
  const getter = getterOf(req, 'ip')
  if (getter === undefined) return req.ip
  let isOwn = isExpressIp.get(getter)
  if (isOwn === undefined) {
    isOwn = expressIp.test(String(getter))
    isExpressIp.set(getter, isOwn)
  }
  return isOwn ? req.socket?.remoteAddress : req.ip
}

function getterOf(from: object | null, name: string): (() => unknown) | undefined {
  if (from === null) return undefined
  const found = Object.getOwnPropertyDescriptor(from, name)
  return found ? found.get : getterOf(Object.getPrototypeOf(from) as object | null, name)
}

/** Where a request comes from, as Express says. */
export const originOf = (req: Request): Origin => ({
  ip: storableIp(addressOf(req)),
  isForgeable: () => trustsAnyone(req.app)
})
