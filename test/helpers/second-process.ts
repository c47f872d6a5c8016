/** Keys used by another process: `const other = await secondProcess(url)`, then `other.call('revoke', id)`. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: string; readonly message: string }

export interface SecondProcess {
  /** Calls a method of the other process's instance. */
  call(method: string, ...args: unknown[]): Promise<Outcome>
}

const script = fileURLToPath(new URL('second-process-main.ts', import.meta.url))

/** Starts it and waits until its database is open; it ends with the test. */
export async function secondProcess(url: string): Promise<SecondProcess> {
  const child = fork(script, [url], { execArgv: ['--import', 'tsx'], serialization: 'advanced' })
  const waiting = new Map<number, (outcome: Outcome) => void>()
  let serial = 0
  child.on('message', ({ id, outcome }: { id: number; outcome: Outcome }) => {
    waiting.get(id)?.(outcome)
    waiting.delete(id)
  })
  child.on('exit', (code) => {
    for (const settle of waiting.values()) settle({ ok: false, code: 'exited', message: `it ended with ${code}` })
    waiting.clear()
  })
  onTestFinished(async () => {
    if (child.exitCode !== null) return
    child.disconnect()
    await once(child, 'exit')
  })
  const call = (method: string, ...args: unknown[]) =>
    new Promise<Outcome>((resolve) => {
      const id = ++serial
      waiting.set(id, resolve)
      child.send({ id, method, args })
    })
  const ready = await call('ready')
  if (!ready.ok) throw new Error(`the second process did not start: ${ready.message}`)
  return { call }
}

/** The same shape for a promise of this process. */
export async function outcomeOf(work: Promise<unknown>): Promise<Outcome> {
  try {
    return { ok: true, value: await work }
  } catch (error) {
    const { code = 'no code', message } = error as { code?: string; message: string }
    return { ok: false, code, message }
  }
}
