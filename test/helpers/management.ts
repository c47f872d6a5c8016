/** An app with a management API behind a login, and people who use it; every answer is held against the OpenAPI document. */

import express, { type Express, type Request } from 'express'
import { type Actor, type ApiKeyRouterOptions, type ApiKeys, apiKeyAuth, apiKeyRouter } from 'keystile'
import { conformance } from './conformance.js'
import { serve } from './express-apps.js'

/** A key or an event in an answer. */
interface Item {
  readonly id: string
  readonly type: string
  readonly name: string
  readonly ownerId: string
  readonly scopes: readonly string[]
  readonly status: string
  readonly createdAt: string
  readonly expiresAt: string
  readonly rotatedToId: string | null
  readonly revokedReason: string
  readonly recentUsage: { readonly allowed: readonly number[] }
}

/** All that answers hold: which it is, the OpenAPI document says. */
interface Body extends Item {
  readonly token: string
  readonly apiKey: Item
  readonly items: readonly Item[]
  readonly nextCursor: string | null
  readonly buckets: readonly unknown[]
  readonly code: string
  readonly detail: string
  readonly field: string
}

export interface Asked {
  readonly status: number
  readonly headers: Headers
  /** Empty where there is no JSON. */
  readonly body: Body
  readonly text: string
}

export interface Asking {
  /** Whose session the request carries; none where it is left out. */
  readonly as?: string | undefined
  readonly body?: unknown
  /** What the browser says of itself; `undefined` leaves a header out. */
  readonly headers?: Readonly<Record<string, string | undefined>>
}

export interface Management {
  readonly port: number
  ask(method: string, path: string, asking?: Asking): Promise<Asked>
}

interface Setting {
  readonly keys: ApiKeys
  /** Who is who, by the name in their cookie. */
  readonly people: Readonly<Record<string, Actor>>
  readonly options?: Partial<ApiKeyRouterOptions>
  readonly express?: typeof express
  /** What the app has before the router. */
  readonly before?: (app: Express) => void
}

const userOf = (req: Request) => /(?:^|; )user=(\w+)/.exec(req.headers.cookie ?? '')?.[1]

/** At `/keys` the management API, at `/data` what needs a key. */
export async function management({ keys, people, options, before, ...setting }: Setting): Promise<Management> {
  const app = (setting.express ?? express)()
  before?.(app)
  const router = apiKeyRouter({ keys, actor: (req) => people[userOf(req) ?? ''] ?? null, ...options })
  app.use('/keys', router)
  app.get('/data', apiKeyAuth({ keys }), (_req, res) => void res.json({}))
  const { port } = await serve(app)
  const check = conformance(router.openapi())
  return {
    port,
    async ask(method, path, { as, body, headers = {} } = {}) {
      const sent: Record<string, string> = { 'sec-fetch-site': 'same-origin', connection: 'close' }
      if (as !== undefined) sent['cookie'] = `theme=dark; user=${as}`
      if (body !== undefined) sent['content-type'] = 'application/json'
      for (const [name, value] of Object.entries(headers)) {
        if (value === undefined) delete sent[name]
        else sent[name] = value
      }
      const url = `http://127.0.0.1:${port}/keys${path}`
      const init = {
        method,
        headers: sent,
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) })
      }
      const answer = await fetch(url, init)
      const text = await answer.text()
      const isJson = /json/.test(answer.headers.get('content-type') ?? '')
      const asked = {
        status: answer.status,
        headers: answer.headers,
        body: (isJson && text ? JSON.parse(text) : {}) as Body,
        text
      }
      const contentType = answer.headers.get('content-type') ?? ''
      check({ method, path, sent: body, status: answer.status, contentType, answered: asked.body })
      return asked
    }
  }
}
