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
  /** Calls a method of its ApiKeys. */
  call(method: string, ...args: unknown[]): Promise<Outcome>
}

const script = fileURLToPath(new URL('key-process-main.ts', import.meta.url))

/** @param limitKb how large a file the process may write, in kilobytes: past that, its disk is full */
export async function startKeyProcess(options: ApiKeysOptions, limitKb?: number): Promise<KeyProcess> {
  const command = [process.execPath, '--import', 'tsx', script, JSON.stringify({ deadlineMs: 20_000, ...options })]
  const limited = ['bash', '-c', `ulimit -f ${limitKb} && exec "$0" "$@"`, ...command]
  const [program = '', ...args] = limitKb === undefined ? command : limited
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  afterwards(async () => {
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
    failures,
    call: (method, ...args) =>
      new Promise((resolve) => {
        waiting.set(++numbers, resolve)
        child.send({ number: numbers, method, args })
      })
  }
}
