/** An app in a process of its own, on a database that others use too. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ApiKeysOptions } from 'keystile'
import { afterwards } from './key-ring.js'

export interface Outcome {
  readonly value?: unknown
  /** The code and the message of the ApiKeyError that it failed with. */
  readonly code?: string
  readonly message?: string
}

export interface KeyProcess {
  readonly port: number
  readonly pid: number
  /** Payloads of keystile:usage-flush-failed, as they come. */
  readonly failures: readonly { readonly error: string }[]
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>
  /** Calls a method of its ApiKeys. */
  call(method: string, ...args: unknown[]): Promise<Outcome>
}

const scriptOf = (main: string) => fileURLToPath(new URL(`${main}.ts`, import.meta.url))

export interface ProcessSettings {
  /** How large a file the process may write, in kilobytes: past that, its disk is full. */
  readonly limitKb?: number
  readonly main?: 'key-process-main' | 'stopping-process-main'
}

export async function startKeyProcess(
  options: ApiKeysOptions,
  { limitKb, main = 'key-process-main' }: ProcessSettings = {}
): Promise<KeyProcess> {
  const command = [
    process.execPath,
    '--import',
    'tsx',
    scriptOf(main),
    JSON.stringify({ deadlineMs: 20_000, ...options })
  ]
  const limited = ['bash', '-c', `ulimit -f ${limitKb} && exec "$0" "$@"`, ...command]
  const [program = '', ...args] = limitKb === undefined ? command : limited
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  afterwards(async () => {
    // Node ends a process for an exception or a rejection that nobody handles.
    if (child.exitCode) throw new Error(`A process ended by itself, with ${child.exitCode}.`)
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  return talkTo(child)
}

interface Message {
  readonly port?: number
  readonly failure?: { readonly error: string }
  readonly number?: number
  readonly outcome?: Outcome
}

async function talkTo(child: ChildProcess): Promise<KeyProcess> {
  const failures: { readonly error: string }[] = []
  const waiting = new Map<number, (outcome: Outcome) => void>()
  let numbers = 0
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal))
  })
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', () => reject(new Error('The process ended.')))
    child.on('message', (message: Message) => {
      if (message.port !== undefined) resolve(message.port)
      if (message.failure) failures.push(message.failure)
      if (message.number !== undefined && message.outcome) waiting.get(message.number)?.(message.outcome)
    })
  })
  return {
    port,
    pid: Number(child.pid),
    ended,
    failures,
    call: (method, ...args) =>
      new Promise((resolve) => {
        waiting.set(++numbers, resolve)
        child.send({ number: numbers, method, args })
      })
  }
}
