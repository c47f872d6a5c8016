/** Several processes that open one database at the same moment, each for the first time. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Opened {
  /** What this process applied. */
  readonly applied?: readonly string[]
  /** Whether a key that it made let it in. */
  readonly letIn?: boolean
  readonly error?: string
}

const script = fileURLToPath(new URL('openers-main.ts', import.meta.url))

export async function openTogether(url: string, count: number, migrate: boolean): Promise<Opened[]> {
  const children = Array.from({ length: count }, () =>
    fork(script, [url, String(migrate)], { execArgv: ['--import', 'tsx'] })
  )
  try {
    // All have loaded what they need before one begins.
    await Promise.all(children.map((child) => once(child, 'message')))
    const answers = children.map((child) => answerOf(child))
    for (const child of children) child.send('go')
    return await Promise.all(answers)
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}

async function answerOf(child: ChildProcess): Promise<Opened> {
  const [answer] = (await once(child, 'message')) as [Opened]
  return answer
}
