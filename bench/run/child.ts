/** A process of the bench: asked over IPC, ended by its pid. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Answer, Question } from './answering.js'
import { type Cores, onCores } from './cores.js'

export interface ChildSettings {
  /** For messages: `keystile-sqlite`, `the load`. */
  readonly name: string
  readonly cores?: Cores | undefined
  readonly nodeArgs?: readonly string[]
}

const tailLength = 4_000
const alive = new Set<ChildProcess>()

/** Works with these, and ends them; an error of the work comes before those of the ends. */
export async function endingAll<Value>(
  children: readonly { end(): Promise<void> }[],
  work: () => Promise<Value>
): Promise<Value> {
  try {
    const value = await work()
    await Promise.all(children.map((child) => child.end()))
    return value
  } catch (error) {
    await Promise.allSettled(children.map((child) => child.end()))
    throw error
  }
}

/** For the end of this process, whatever ends it. */
export function killChildren(): void {
  for (const child of alive) child.kill('SIGKILL')
}

export class Child {
  readonly #process: ChildProcess
  readonly #name: string
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  #asked = 0
  #said = ''
  #ended: string | undefined

  /** @param file JavaScript, with arguments that it gets as texts */
  constructor(file: string, args: readonly string[], { name, cores, nodeArgs = [] }: ChildSettings) {
    this.#name = name
    const [command, first] = onCores(cores)
    this.#process = spawn(command, [...first, ...nodeArgs, file, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, NODE_ENV: 'production' }
    })
    alive.add(this.#process)
    this.#process.stdout?.on('data', (chunk) => this.#hear(chunk))
    this.#process.stderr?.on('data', (chunk) => this.#hear(chunk))
    this.#process.on('message', (answer: Answer) => this.#take(answer))
    this.#process.once('error', (error) => this.#lose(error.message))
    this.#process.once('exit', (code, signal) => this.#lose(signal ?? `exit code ${code}`))
  }

  /** What the process answers to this question; rejects where it fails, or ends before it answers. */
  ask<Value>(question: string, given: unknown = {}): Promise<Value> {
    if (this.#ended !== undefined) return Promise.reject(this.#lost())
    const id = ++this.#asked
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (value) => resolve(value as Value), reject })
      this.#process.send({ id, question, given } satisfies Question)
    })
  }

  /** Ends it: it is asked to close first, and has ten seconds for that. Rejects where closing fails, and it has ended all the same. */
  async end(): Promise<void> {
    if (this.#ended !== undefined) return
    const exited = once(this.#process, 'exit')
    const late = setTimeout(() => this.#process.kill('SIGKILL'), 10_000)
    try {
      await this.ask('close')
    } finally {
      this.#process.kill('SIGTERM')
      await exited
      clearTimeout(late)
    }
  }

  #hear(chunk: Buffer): void {
    this.#said = (this.#said + chunk.toString()).slice(-tailLength)
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if (answer.error === undefined) waiting?.resolve(answer.value)
    else waiting?.reject(new Error(`${this.#name}: ${answer.error}`))
  }

  #lose(how: string): void {
    this.#ended ??= how
    alive.delete(this.#process)
    // What it printed last may still be on its way.
    setTimeout(() => {
      for (const { reject } of this.#waiting.values()) reject(this.#lost())
      this.#waiting.clear()
    }, 50)
  }

  #lost(): Error {
    return new Error(`The process of ${this.#name} has ended (${this.#ended}). It printed last:\n${this.#said.trim()}`)
  }
}
