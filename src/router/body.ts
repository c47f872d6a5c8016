import type { Request, Response } from 'express'
import { ApiKeyError, invalidArgument } from '../errors.js'
import { loadBodyParser } from './libraries.js'

/** Bytes that a body may have: the longest sensible one has a hundred scopes. */
const limit = 16_384

const inBody = { field: 'body' }

const hasBody = ({ headers }: Request) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

type ReadBody = (req: Request, res: Response) => Promise<unknown>

/**
 * Reads the body of a request as JSON; an empty object where there is none. Where the app has read it already, what it read.
 * It throws ApiKeyError `unsupported_media_type`, `body_too_large`, or `invalid_argument` for what is not JSON.
 */
export function bodyReader(): ReadBody {
  const parse = loadBodyParser().json({ limit, inflate: false, strict: false, type: () => true })
  return async (req, res) => {
    if (!hasBody(req)) return {}
    requireJson(req)
    if (Number(req.headers['content-length'] ?? 0) > limit) throw tooLarge()
    await new Promise<void>((resolve, reject) => {
      parse(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(explain(error))))
    })
    return req.body
  }
}

function requireJson({ headers }: Request): void {
  if (/^application\/json *(;|$)/i.test(headers['content-type'] ?? '')) return
  throw new ApiKeyError('unsupported_media_type', 'Send the body as JSON, with Content-Type: application/json.', inBody)
}

const tooLarge = () => new ApiKeyError('body_too_large', `The body may have at most ${limit} bytes.`, inBody)

function explain(error: unknown): unknown {
  const { type } = error as { type?: string }
  if (type === 'entity.too.large') return tooLarge()
  if (type === 'encoding.unsupported' || type === 'charset.unsupported')
    return new ApiKeyError('unsupported_media_type', 'Send the body as JSON in UTF-8, not compressed.', inBody)
  if (type === 'entity.parse.failed') return invalidArgument('body', 'The body is not JSON.')
  if (type === 'request.aborted' || type === 'request.size.invalid')
    return invalidArgument('body', 'The body did not come whole.')
  return error
}
