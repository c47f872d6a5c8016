import { IncomingMessage } from 'node:http'
import type { Request } from 'express'
import type { Authenticated } from './api-key.js'
import { markBehind } from './mark.js'
import type { RegisteredOwner } from './registered.js'
import { remembering } from './remembering.js'

const names = ['apiKey', 'owner'] as const

/** Prototypes that have the accessors. */
const accessors = new WeakSet<object>()

/** Whether requests of a prototype read both fields from their mark. */
let prepared = new WeakMap<object, boolean>()
let isPrepared = remembering(prepared, prepare)

/**
 * Makes `req.apiKey` and `req.owner` of a request those of its mark. They are accessors on Express's own prototype of requests,
 * where Express has `req.ip` and wants additions to be (https://expressjs.com/en/guide/overriding-express-api.html), since
 * properties of each request would cost more than all checks of the key: see mark.ts. Where the names are taken, they are
 * properties all the same.
 */
export function showKey(req: Request, { apiKey, owner }: Authenticated): void {
  if (readsItsMark(req) && !Object.hasOwn(req, 'apiKey') && !Object.hasOwn(req, 'owner')) return
  req.apiKey = apiKey
  req.owner = owner as RegisteredOwner
}

/** Takes away what somebody else has set, be it another copy of keystile. */
export function hideKey(req: Request): void {
  for (const name of names) {
    delete req[name]
    if (req[name] !== undefined) Reflect.set(req, name, undefined)
  }
}

function readsItsMark(req: Request): boolean {
  const prototype = Object.getPrototypeOf(req) as object | null
  return prototype !== null && isPrepared(prototype)
}

function forgetPrepared(): void {
  prepared = new WeakMap()
  isPrepared = remembering(prepared, prepare)
}

/** @returns whether what inherits from this prototype has both accessors, and nothing nearer by their names */
function prepare(prototype: object): boolean {
  const isFree = !names.some((name) => Object.hasOwn(prototype, name))
  const next = Object.getPrototypeOf(prototype) as object | null
  if (next === null || !isFree) return accessors.has(prototype)
  // The prototype that all apps of one copy of Express share. The next one is Node's, of requests without Express too.
  if (next !== IncomingMessage.prototype) return prepare(next)
  if (!Object.isExtensible(prototype) || names.some((name) => name in prototype)) return false
  for (const name of names) define(prototype, name)
  accessors.add(prototype)
  return true
}

function define(prototype: object, name: (typeof names)[number]): void {
  Object.defineProperty(prototype, name, {
    configurable: true,
    enumerable: true,
    get(this: Request) {
      return markBehind(this)?.authenticated?.[name]
    },
    // As if it were a property: what a handler writes, handlers behind it read.
    set(this: Request, value: unknown) {
      // An app may give all its requests one, too, or all apps: what was found of them is so no longer.
      if (accessors.delete(this) || prepared.has(this)) forgetPrepared()
      Object.defineProperty(this, name, { value, configurable: true, enumerable: true, writable: true })
    }
  })
}
