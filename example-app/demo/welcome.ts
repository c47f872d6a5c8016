import type { Demo } from './index.js'

const signIn = (url: string, { email, password }: Demo) =>
  password === undefined
    ? `Sign in at ${url}/sign-in as ${email}, with the password that the first start printed.`
    : `Sign in at ${url}/sign-in, where some keys are to be seen. It is shown only now:

  ${email}
  ${password}`

/** What a start prints, for whoever tries the example. */
export const welcome = (url: string, demo: Demo) => `
Listening on ${url}

A fresh key of ${demo.email}, for reports:read, good for 7 days. It is shown only now:

  ${demo.token}

Try it from another terminal:

  200, the key may read
  curl -i -H "Authorization: Bearer ${demo.token}" ${url}/api/reports

  403, it may not write
  curl -i -X POST -H "Authorization: Bearer ${demo.token}" ${url}/api/reports

  401, no key
  curl -i ${url}/api/reports

${signIn(url, demo)}

Ctrl+C stops it.
`
