import type { ServerResponse } from 'node:http'
import type { NextFunction, Request, Response } from 'express'
import type { ApiKeyError } from './errors.js'

/**
 * Takes over how refusals are answered. Status and headers, the challenge among them, are on `res` already.
 * `next()` goes on as `next(err)`: to let requests without credentials through there is `optional`.
 */
export type ErrorHandler = (err: ApiKeyError, req: Request, res: Response, next: NextFunction) => unknown

/** Answers one refused request. */
export type Refuse = (err: ApiKeyError, req: Request, res: Response, next: NextFunction) => void

const titles: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable'
}

/** The body of RFC 9457. `type` is left out, which means about:blank: the status says what kind of problem it is. */
export function problemOf(err: ApiKeyError): Record<string, unknown> {
  return {
    title: titles[err.status],
    status: err.status,
    detail: err.message,
    code: err.code,
    ...(err.field !== undefined && { field: err.field }),
    ...(err.missingScopes && { missingScopes: err.missingScopes })
  }
}

function writeHead(err: ApiKeyError, res: ServerResponse): void {
  res.statusCode = err.status
  for (const [name, value] of Object.entries(err.headers)) res.setHeader(name, value)
}

/** Answers with a problem, whoever asked. */
export function writeProblem(err: ApiKeyError, res: ServerResponse): void {
  writeHead(err, res)
  const body = JSON.stringify(problemOf(err))
  res.setHeader('Content-Type', 'application/problem+json; charset=utf-8')
  res.setHeader('Content-Length', Buffer.byteLength(body))
  res.end(body)
}

/** How an app's refusals are answered: by a problem body, by the app's error handlers, or by a function of its own. */
export function refuseWith(onError: 'next' | ErrorHandler | undefined): Refuse {
  return (err, req, res, next) => {
    // Somebody has answered already; Express's own handler ends the connection.
    if (res.headersSent) return next(err)
    if (onError === undefined) return writeProblem(err, res)
    writeHead(err, res)
    if (onError === 'next') return next(err)
    // Only an error stops a request: 'route' and 'router' skip to handlers that count on a key, and so do 0 and ''.
    const fail: NextFunction = (given?: unknown) => next(given instanceof Error ? given : err)
    try {
      Promise.resolve(onError(err, req, res, fail)).catch(fail)
    } catch (thrown) {
      fail(thrown)
    }
  }
}
