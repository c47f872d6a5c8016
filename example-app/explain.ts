import { ApiKeyError } from 'keystile'

interface Known {
  readonly code?: unknown
  readonly message: string
  readonly port?: number
}

const portMessages: Readonly<Record<string, string>> = { EADDRINUSE: 'is taken', EACCES: 'is not for this user' }

/** A failed start in one line, where it is one that people can do something about. */
export function explain(error: unknown): string {
  const { code, message, port } = error as Known
  const why = typeof code === 'string' ? portMessages[code] : undefined
  if (why && port !== undefined) return `Port ${port} ${why}. Choose another: PORT=3001 npm start`
  if (error instanceof ApiKeyError || error instanceof TypeError) return message
  // Of the driver or of SQLite; neither says a password. Where several addresses were tried, there is no message.
  if (typeof code === 'string') return `The database can't be used: ${message.trim().replace(/\s+/g, ' ') || code}`
  throw error
}
