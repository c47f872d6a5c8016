import type { Application, Request } from 'express'
import type { Origin } from './api-key.js'
import { storableIp } from './ip.js'
import { remembering } from './remembering.js'

type Trust = (address: string, hop: number) => unknown

/** Addresses that are nobody's (RFC 5737, RFC 3849): whoever trusts these as proxies trusts all. */
const strangers = ['192.0.2.1', '2001:db8::1']
const farHop = 255

const trustsStrangers = remembering(new WeakMap<Trust, boolean>(), (trust) =>
  strangers.some((address) => trust(address, farHop) === true)
)

/** Whether an app's `trust proxy` takes any client's word for its address, as `true` does. */
function trustsAnyone(app: Application | undefined): boolean {
  const trust = app?.get('trust proxy fn') as Trust | undefined
  return typeof trust === 'function' && trustsStrangers(trust)
}

/** Whether a function has this text, which is read once. A name is no proof: anybody's function may have it. */
const hasText = (text: RegExp) =>
  remembering(new WeakMap<object, boolean>(), (candidate) => text.test(String(candidate)))

/** Express's own `req.ip`, of versions 4 and 5. */
const isExpressIp = hasText(
  /^function ip\(\)\s*{\s*var trust = this\.app\.get\('trust proxy fn'\);\s*return proxyaddr\(this, trust\);\s*}$/
)

/** What proxy-addr makes where nobody is trusted. */
const isTrustNone = hasText(/^function trustNone\s*\(\)\s*{\s*return false;?\s*}$/)

/**
 * `req.ip`. Where an app trusts no proxy, Express's own is the address of the socket, after a way by a header that nobody is
 * trusted to send. An app that has made its own `req.ip` is asked for it.
 */
function addressOf(req: Request): unknown {
  const trust: unknown = req.app?.settings?.['trust proxy fn']
  if (typeof trust !== 'function' || !isTrustNone(trust)) return req.ip
  const getter = getterOf(req, 'ip')
  return getter !== undefined && isExpressIp(getter) ? req.socket?.remoteAddress : req.ip
}

function getterOf(from: object | null, name: string): (() => unknown) | undefined {
  if (from === null) return undefined
  const found = Object.getOwnPropertyDescriptor(from, name)
  return found ? found.get : getterOf(Object.getPrototypeOf(from) as object | null, name)
}

/** A class, since an object with a function of its own would be one more object for each request. */
class RequestOrigin implements Origin {
  readonly ip: string | null
  readonly #req: Request

  constructor(req: Request) {
    this.ip = storableIp(addressOf(req))
    this.#req = req
  }

  get isForgeable(): boolean {
    return trustsAnyone(this.#req.app)
  }
}

/** Where a request comes from, as Express says. */
export const originOf = (req: Request): Origin => new RequestOrigin(req)
