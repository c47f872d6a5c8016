import { type Logger, pino, stdSerializers } from 'pino'
import { pinoHttp } from 'pino-http'

interface LoggedRequest {
  readonly id: unknown
  readonly method: string
  readonly url: string
  readonly remoteAddress: string
  readonly headers: Readonly<Record<string, string>>
}

/** Not the query: people paste tokens into URLs. */
const request = ({ id, method, url, remoteAddress, headers }: LoggedRequest) => ({
  id,
  method,
  path: url.split('?')[0],
  remoteAddress,
  headers
})

/** Not the headers: Set-Cookie is one. */
const answer = ({ statusCode }: { readonly statusCode: number }) => ({ statusCode })

/** No more of an error than this: that of a body which is not JSON carries the body, with a password in it. */
const thrown = (error: Error) => {
  const { type, message, stack } = stdSerializers.err(error)
  return { type, message, stack }
}

/** Referer holds a URL with its query. */
const secrets = ['authorization', 'cookie', 'proxy-authorization', 'x-api-key', 'referer']

export const createLogger = (level: string): Logger =>
  pino({
    level,
    redact: secrets.map((name) => `req.headers["${name}"]`),
    serializers: { err: thrown }
  })

/** One line for each request, but for those of load balancers. */
export const logRequests = (logger: Logger) =>
  pinoHttp({
    logger,
    serializers: { req: request, res: answer, err: thrown },
    autoLogging: { ignore: ({ url }) => url === '/healthz' || url === '/readyz' },
    customLogLevel: (_req, { statusCode }) => (statusCode >= 500 ? 'error' : statusCode >= 400 ? 'warn' : 'info')
  })
