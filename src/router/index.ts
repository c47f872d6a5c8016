import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { writeProblem } from '../answer.js'
import { internalsOf } from '../create-api-keys.js'
import { ApiKeyError } from '../errors.js'
import { pageServer } from '../page/index.js'
import { methodNotAllowed } from '../refusals.js'
import { findAsker, requireUnchanged } from './asker.js'
import { bodyReader } from './body.js'
import { refuseCrossSite } from './cross-site.js'
import type { Reply } from './handlers.js'
import { openApiDocument } from './openapi.js'
import { type ApiKeyRouterOptions, parseRouterOptions } from './options.js'
import { routesAt } from './routes.js'
import { parseQuery, schemas } from './schemas.js'

/** The management API as a middleware, and what describes it. */
export interface ApiKeyRouter extends RequestHandler {
  /**
   * An OpenAPI 3.1 document of this API, and of the bearer scheme of keys.
   * @param mountedAt where the app mounts it, such as `'/keys'`; the root by default
   */
  openapi(mountedAt?: string): object
}

/**
 * A REST API with which owners manage their own keys, behind the app's own login: `app.use('/keys', apiKeyRouter({ actor }))`.
 * Refusals are problems (RFC 9457).
 * @throws TypeError on options that are not understood
 */
export function apiKeyRouter(options: ApiKeyRouterOptions): ApiKeyRouter {
  const { keys, actor, maxKeysPerOwner, apiKeyScope, page, signInPath } = parseRouterOptions(options)
  const instance = internalsOf(keys)
  // Not by the first request, which would wait for it.
  schemas()
  const readBody = bodyReader()
  const servePage = page ? pageServer(signInPath) : undefined

  async function answer(req: Request, res: Response): Promise<Reply | 'answered' | undefined> {
    const { path, query } = partsOf(req)
    if (servePage?.(req, res, path)) return 'answered'
    const found = routesAt(path)
    if (found.size === 0) return undefined
    const wanted = found.get(req.method)
    if (!wanted) throw methodNotAllowed([...found.keys()])
    refuseCrossSite(req)
    const asker = await findAsker(req, { keys, actor, apiKeyScope })
    const body = await readBody(req, res)
    await requireUnchanged(asker, instance.lists)
    if (!wanted.route.query) parseQuery('none', query)
    return wanted.route.handle({ instance, asker, maxKeysPerOwner, id: wanted.id, query, body })
  }

  function apiKeyRouter(req: Request, res: Response, next: NextFunction): void {
    answer(req, res)
      .then(
        (reply) => {
          if (reply === undefined) next()
          else if (reply !== 'answered') writeReply(reply, res)
        },
        (error: unknown) => {
          if (!(error instanceof ApiKeyError)) return next(error)
          writeCommonHeaders(res)
          writeProblem(error, res)
        }
      )
      .catch(next)
  }

  return Object.assign(apiKeyRouter, { openapi: (mountedAt = '/') => openApiDocument(mountedAt) })
}

/** Not req.query: what it is made of depends on the app's own settings. A name that comes twice is none. */
function partsOf(req: Request): { path: string; query: Record<string, unknown> } {
  const [path = '/', search = ''] = req.url.split(/\?(.*)/s)
  const query: Record<string, unknown> = Object.create(null)
  for (const [name, value] of new URLSearchParams(search)) query[name] = name in query ? [query[name], value] : value
  return { path: decoded(path), query: { ...query } }
}

/** A path that can't be decoded leads nowhere. */
function decoded(path: string): string {
  try {
    return path
      .split('/')
      .map((part) => decodeURIComponent(part).replaceAll('/', '%2F'))
      .join('/')
  } catch {
    return path
  }
}

function writeCommonHeaders(res: Response): void {
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
}

function writeReply({ status, body }: Reply, res: Response): void {
  writeCommonHeaders(res)
  res.statusCode = status
  if (body === undefined) return void res.end()
  const text = JSON.stringify(body)
  res.setHeader('Content-Type', 'application/json; charset=utf-8')
  res.setHeader('Content-Length', Buffer.byteLength(text))
  res.end(text)
}
