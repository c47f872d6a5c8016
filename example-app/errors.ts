import { STATUS_CODES } from 'node:http'
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import type { Logger } from 'pino'
import { TooBusy } from './accounts/turns.js'
import { sendMessage } from './pages/layout.js'
import { sendProblem } from './problems.js'

/** Programs get a problem, people a page. */
function refuse(req: Request, res: Response, status: number, detail: string): void {
  const title = STATUS_CODES[status] ?? 'Error'
  const isApi = /^\/(api|keys)(\/|$)/.test(req.originalUrl)
  if (isApi) sendProblem(res, status, title.toLowerCase().replaceAll(' ', '_'), detail)
  else sendMessage(res, status, title, detail)
}

export const notFound: RequestHandler = (req, res) => refuse(req, res, 404, 'There is nothing here.')

const statusOf = ({ status }: { readonly status?: unknown }) =>
  typeof status === 'number' && status >= 400 && status < 500 ? status : 500

/** What went wrong stays in the log: a message may tell of the database, or of others. */
export const answerErrors =
  (logger: Logger): ErrorRequestHandler =>
  (error: Error & { status?: number }, req, res, next) => {
    if (res.headersSent) return next(error)
    if (error instanceof TooBusy) {
      res.set('Retry-After', '5')
      return refuse(req, res, 503, 'Too much is going on at once. Try again in some seconds.')
    }
    const status = statusOf(error)
    // That of a body that can't be read is the sender's, and carries the body.
    if (status < 500) return refuse(req, res, status, 'The request is not understood.')
    logger.error({ err: error }, 'a request failed')
    refuse(req, res, 500, 'Something went wrong here. It was noted.')
  }
