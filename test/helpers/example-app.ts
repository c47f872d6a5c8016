/** The example app in a process of its own, as `npm start` runs it but for the build. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './built-package.js'
import { type Running, start } from './programs.js'

const typescript = pathToFileURL(join(root, 'scripts/run-typescript.mjs')).href

interface Way {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Runs a file of the example, with the built package. It does not drain unless the environment says so. */
export function startExample({ cwd, env }: Way, file = 'main.ts'): Running {
  const args = ['--import', typescript, join(root, 'example-app', file)]
  return start(process.execPath, args, { cwd, env: { PORT: '0', DRAIN_MS: '0', ...env } })
}

export interface Printed {
  readonly url: string
  readonly token: string
  readonly curls: readonly string[]
}

export async function printedBy(app: Running): Promise<Printed> {
  await app.printed('Ctrl+C')
  const text = app.stdout()
  const url = /^Listening on (http:\/\/127\.0\.0\.1:\d+)$/m.exec(text)?.[1] ?? ''
  const token = /^ {2}(sk_[0-9A-Za-z]{49})$/m.exec(text)?.[1] ?? ''
  return { url, token, curls: [...text.matchAll(/^ {2}(curl .+)$/gm)].map((match) => match[1] ?? '') }
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
  get(`${url}/me`, { Authorization: `Bearer ${token}` })
