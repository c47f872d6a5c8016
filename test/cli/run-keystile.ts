/** Runs the built command line as its users do: in a folder, with an environment, over pipes. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, vi } from 'vitest'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const main = join(root, 'dist/cli/main.js')
if (!existsSync(main)) throw new Error('These tests run dist/cli/main.js: first npm run build.')

export interface Place {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

// A command takes half a second; a machine that is busy with others may take ten times as long for each.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const folders: string[] = []

afterAll(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

/** An empty folder to work in; it goes after the file's tests. */
export async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keystile-cli-'))
  folders.push(folder)
  return folder
}

/** The environment of this process without what would change what is tested. */
function cleanEnv(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { DATABASE_URL, NO_COLOR, FORCE_COLOR, NODE_OPTIONS, NODE_ENV, CI, ...env } = process.env
  return { ...env, TERM: 'xterm-256color', ...extra }
}

export function start(command: string, args: readonly string[], { cwd, env }: Place): ChildProcessWithoutNullStreams {
  return spawn(command, args, { cwd, env: cleanEnv(env) })
}

export async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return { code, stdout, stderr }
}

/** One command line, with `input` on stdin. */
export function keystile(place: Place, args: readonly string[], input = ''): Promise<Ended> {
  const child = start(process.execPath, [main, ...args], place)
  child.stdin.on('error', () => {}) // who does not read stdin closes it
  child.stdin.end(input)
  return ended(child)
}

/** The document that a command printed with --json; a command that fails here fails the test, with its own words. */
export async function json<T>(place: Place, args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await keystile(place, [...args, '--json'])
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`)
  return JSON.parse(stdout) as T
}

/** A key as --json prints it. */
export interface KeyDocument {
  readonly id: string
  readonly ownerId: string
  readonly name: string
  readonly keyPrefix: string
  readonly scopes: readonly string[]
  readonly status: string
  readonly expiresAt: string | null
  readonly createdAt: string
  readonly metadata: unknown
  readonly revokedReason: string | null
  readonly rotatedFromId: string | null
}

export interface NewKeyDocument {
  readonly token: string
  readonly apiKey: KeyDocument
}
