/** The example app in a process of its own, as `npm start` runs it but for the build. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type ApiKeys, createApiKeys } from 'keystile'
import { root } from './built-package.js'
import { type Running, start } from './programs.js'
import { userClient } from './user-client.js'

const typescript = pathToFileURL(join(root, 'scripts/run-typescript.mjs')).href

interface Way {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Runs a file of the example, with the built package. It does not drain, log or limit keys unless the environment says so. */
export function startExample({ cwd, env }: Way, file = 'main.ts'): Running {
  const args = ['--import', typescript, join(root, 'example-app', file)]
  return start(process.execPath, args, {
    cwd,
    env: { PORT: '0', DRAIN_MS: '0', LOG_LEVEL: 'silent', API_LIMIT: '999999', SESSION_SECRET: undefined, ...env }
  })
}

export interface Printed {
  readonly url: string
  readonly token: string
  /** Of demo@example.com; empty where an earlier start made it. */
  readonly password: string
  readonly curls: readonly string[]
}

export async function printedBy(app: Running): Promise<Printed> {
  await app.printed('Ctrl+C')
  const text = app.stdout()
  const url = /^Listening on (http:\/\/127\.0\.0\.1:\d+)$/m.exec(text)?.[1] ?? ''
  const token = /^ {2}(sk_[0-9A-Za-z]{49})$/m.exec(text)?.[1] ?? ''
  const password = /^ {2}demo@example\.com\n {2}(\S{16})$/m.exec(text)?.[1] ?? ''
  return { url, token, password, curls: [...text.matchAll(/^ {2}(curl .+)$/gm)].map((match) => match[1] ?? '') }
}

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

export async function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) })
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answered['body'] }
}

export const me = ({ url }: Pick<Printed, 'url'>, token: string) =>
  get(`${url}/api/me`, { Authorization: `Bearer ${token}` })

export const databaseIn = (folder: string) => `file:${join(folder, 'example.db')}`

/** The example's tables hold keys as any app's do, so a client of the library's own models reads them. */
export async function withKeysOf<T>(url: string, work: (keys: ApiKeys) => Promise<T>): Promise<T> {
  const prisma = userClient(url)
  const keys = createApiKeys({ prisma })
  try {
    return await work(keys)
  } finally {
    await keys.close()
    await prisma.$disconnect()
  }
}
