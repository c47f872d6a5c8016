/** @import { Api } from './types.js' */

const patienceMs = 30_000

/** A request that was not answered as hoped, in words for whoever asked. */
export class Problem extends Error {
  /**
   * @param {number} status 0: there was no answer
   * @param {string} message
   * @param {string} [field]
   */
  constructor(status, message, field) {
    super(message)
    this.status = status
    this.field = field
  }
}

const signedOut = () => new Problem(401, 'You are signed out.')

/** @param {Response} response */
async function read(response) {
  if (response.status === 204) return undefined
  // An app's own login may answer by leading elsewhere, or with its page.
  if (response.type === 'opaqueredirect' || response.status === 401) throw signedOut()
  const isJson = /^application\/(problem\+)?json/.test(response.headers.get('content-type') ?? '')
  if (!isJson && response.ok) throw signedOut()
  const body = isJson ? await response.json().catch(() => undefined) : undefined
  if (response.ok && body !== undefined) return body
  throw new Problem(response.status, body?.detail ?? `The server answered ${response.status}.`, body?.field)
}

/**
 * The management API, below the path at which the router is mounted.
 * @param {string} base
 * @returns {Api}
 */
export function createApi(base) {
  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   */
  async function ask(method, path, body) {
    const response = await fetch(`${base}${path}`, {
      method,
      credentials: 'same-origin',
      redirect: 'manual',
      cache: 'no-store',
      signal: AbortSignal.timeout(patienceMs),
      headers: { Accept: 'application/json', ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) })
    }).catch(() => {
      throw new Problem(0, 'The server did not answer. Check the connection and try again.')
    })
    return read(response)
  }

  const at = (/** @type {string} */ id, rest = '') => `/${encodeURIComponent(id)}${rest}`
  const after = (/** @type {string | null | undefined} */ cursor) =>
    cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''

  return {
    list: (cursor) => ask('GET', `/?include=usage&limit=100${after(cursor)}`),
    scopes: () => ask('GET', '/scopes'),
    create: (input) => ask('POST', '/', input),
    update: (id, input) => ask('PATCH', at(id), input),
    rotate: (id, input) => ask('POST', at(id, '/rotate'), input),
    revoke: (id, input) => ask('POST', at(id, '/revoke'), input),
    remove: (id) => ask('DELETE', at(id)),
    usage: (id, by) => ask('GET', at(id, `/usage?by=${by}`)),
    events: (id, cursor) => ask('GET', at(id, `/events?limit=20${after(cursor)}`))
  }
}
