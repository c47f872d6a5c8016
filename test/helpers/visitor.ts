/** A browser without its window: keeps cookies, and says where its requests come from. */

export interface Seen {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

export interface Visitor {
  get(path: string): Promise<Seen>
  /** A form of this site; `headers` takes the place of what the browser says. */
  post(
    path: string,
    fields?: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>
  ): Promise<Seen>
  /** As a script of this site's pages asks. */
  json(method: string, path: string, body?: unknown): Promise<Seen>
  cookie(): string | undefined
}

const own = { 'sec-fetch-site': 'same-origin' }

export function visitor(url: string): Visitor {
  let cookie: string | undefined

  async function ask(method: string, path: string, headers: Readonly<Record<string, string>>, body?: string) {
    const answer = await fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: { ...headers, ...(cookie && { cookie }) },
      ...(body !== undefined && { body }),
      signal: AbortSignal.timeout(20_000)
    })
    for (const set of answer.headers.getSetCookie()) {
      const [pair = ''] = set.split(';')
      cookie = pair.endsWith('=') ? undefined : pair
    }
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }

  return {
    get: (path) => ask('GET', path, own),
    post: (path, fields = {}, headers = own) =>
      ask(
        'POST',
        path,
        { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
        new URLSearchParams(fields).toString()
      ),
    json: (method, path, body) =>
      ask(
        method,
        path,
        { ...own, 'content-type': 'application/json' },
        body === undefined ? undefined : JSON.stringify(body)
      ),
    cookie: () => cookie
  }
}
