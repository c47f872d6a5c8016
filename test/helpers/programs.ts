/** Runs other programs: to their end, or until a test stops them. */

import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { afterEachFile } from './after-each-file.js'

export interface ProgramOptions {
  readonly cwd: string
  /** Beside the environment of the tests, without what vitest and npm added to it; undefined takes a name out. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

export interface Ended {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly stdout: () => string
  /** Resolves once a text was printed; rejects where the program ends without it. */
  printed(text: string | RegExp): Promise<void>
  /** Sends a signal, once, and resolves at the end. */
  stop(signal?: NodeJS.Signals): Promise<Ended>
  readonly ended: Promise<Ended>
}

/** What a test that failed has left is stopped in the end. */
const running = new Set<Running>()

afterEachFile(async () => {
  await Promise.all([...running].map((program) => program.stop()))
})

const notInherited = /^(npm_|VITEST|NODE_ENV$|NODE_OPTIONS$|DATABASE_URL$|PORT$|TEST$)/

function environment(given: ProgramOptions['env'] = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !notInherited.test(name))
  const all = { ...Object.fromEntries(inherited), npm_config_update_notifier: 'false', ...given }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

export function start(command: string, args: readonly string[], { cwd, env }: ProgramOptions): Running {
  const child = spawn(command, args, { cwd, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode) => {
      running.delete(program)
      resolve({ exitCode, stdout, stderr })
    })
  })
  const program: Running = {
    stdout: () => stdout,
    ended,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (typeof text === 'string' ? stdout.includes(text) : text.test(stdout)) resolve()
        }
        child.stdout.on('data', look)
        look()
        ended.then(() => reject(new Error(`it ended without printing ${text}:\n${stdout}${stderr}`)), reject)
      }),
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    }
  }
  running.add(program)
  return program
}

export function run(command: string, args: readonly string[], options: ProgramOptions): Promise<Ended> {
  return start(command, args, options).ended
}

/** A port of the loopback that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
