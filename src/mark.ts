import type { Request } from 'express'
import type { Refuse } from './answer.js'
import type { Authenticated } from './api-key.js'
import type { ApiKeys } from './create-api-keys.js'
import type { RefusalStyle } from './refusals.js'

/** What all marks of one apiKeyAuth have in common. */
export interface Marker {
  readonly keys: ApiKeys
  readonly style: RefusalStyle
  readonly refuse: Refuse
  /** Tells the counts that a use that was let in at this time was refused after all. */
  readonly recordDeniedUse: (authenticated: Authenticated, usedAtMs: number) => void
}

/** What an apiKeyAuth left on a request for the guards behind it: one small object, since it lives as long as the request. */
export class Mark {
  /** undefined: let through without credentials, by `optional`. */
  readonly authenticated: Authenticated | undefined
  readonly #by: Marker
  readonly #usedAtMs: number
  #isDenied = false

  constructor(by: Marker, authenticated: Authenticated | undefined, usedAtMs: number) {
    this.authenticated = authenticated
    this.#by = by
    this.#usedAtMs = usedAtMs
  }

  get keys(): ApiKeys {
    return this.#by.keys
  }

  get style(): RefusalStyle {
    return this.#by.style
  }

  get refuse(): Refuse {
    return this.#by.refuse
  }

  /** Tells the counts, once, that a guard refused this use of the key. */
  countDenied(): void {
    if (this.authenticated && !this.#isDenied) this.#by.recordDeniedUse(this.authenticated, this.#usedAtMs)
    this.#isDenied = true
  }
}

/** Its constructor makes no object but hands on the one that it is given, which then gets the fields of the class below. */
const Given = class {
  constructor(holder: object) {
    // biome-ignore lint/correctness/noConstructorReturn: this is how a private field gets onto an object that others made
    return holder
  }
}

/**
 * What holds a request's mark. Not the request: Express gives each another prototype, and on Node 20 and 22 that costs each
 * property that it gets from then on a hidden class of its own, 5 us. Its list of raw headers is made for it by Node, and
 * handed on as it is. Requests that an adapter of a serverless platform made may have none, or share an empty one.
 */
const holderOf = (req: Request): object => (req.rawHeaders?.length > 0 ? req.rawHeaders : req)

/**
 * Fields that nothing outside this file can read or write. Not req.apiKey: whatever else writes there must not pass a guard. Not
 * a WeakMap: a hundred times the time of a field, and as much again for the garbage collector.
 */
class Marked extends Given {
  readonly #req: Request
  #mark: Mark

  private constructor(holder: object, req: Request, mark: Mark) {
    super(holder)
    this.#req = req
    this.#mark = mark
  }

  static #of(req: Request): Marked | undefined {
    const holder = holderOf(req)
    if (#mark in holder && holder.#req === req) return holder
    return #mark in req ? (req as object as Marked) : undefined
  }

  static read(req: Request): Mark | undefined {
    const own = Marked.#of(req)
    return own === undefined ? undefined : own.#mark
  }

  static readBehind(req: Request): Mark | undefined {
    const own = Marked.#of(req)
    if (own) return own.#mark
    const holder = holderOf(req)
    if (req.res === undefined || !(#mark in holder)) return undefined
    return holder.#req.res === req.res ? holder.#mark : undefined
  }

  static write(req: Request, mark: Mark): void {
    const own = Marked.#of(req)
    if (own) own.#mark = mark
    else {
      // What another request has is not taken from it: a wrapper, which has the same list, gets a mark of its own.
      const holder = holderOf(req)
      new Marked(#mark in holder ? req : holder, req, mark)
    }
  }
}

/** The mark that was set on this very request. */
export const markOf = (req: Request): Mark | undefined => Marked.read(req)

/** The mark of this request, or of the one that it wraps, which has the same response: not for what lets anybody in. */
export const markBehind = (req: Request): Mark | undefined => Marked.readBehind(req)

export const setMark = (req: Request, mark: Mark): void => Marked.write(req, mark)
