/** The example app, in processes of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const typescript = new URL('../../scripts/run-typescript.mjs', import.meta.url).href
const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const stopWithinMs = 10_000

export interface ExampleProcess {
  readonly pid: number
  readonly url: string
  /** Ends it as an orchestrator would. Resolves with whether it ended in order. */
  stop(): Promise<boolean>
}

function startNode(args: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const kill = () => child.kill('SIGKILL')
  // Before the server, lest they complain that it is gone.
  process.prependOnceListener('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return child
}

/** Starts one on a port that is free. The key that it prints stays here. */
export async function startExample(databaseUrl: string): Promise<ExampleProcess> {
  // It is asked every few milliseconds, by one key.
  const env = { DATABASE_URL: databaseUrl, PORT: '0', DRAIN_MS: '0', API_LIMIT: '999999', LOG_LEVEL: 'silent' }
  const child = startNode(['--import', typescript, main], env)
  const ended = once(child, 'exit')
  let printed = ''
  const listening = new Promise<string>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      const url = /^Listening on (\S+)\n/m.exec(printed)?.[1]
      if (url !== undefined) resolve(url)
    })
  })
  const failed = ended.then(([code]) => Promise.reject(new Error(`A process of the example ended with ${code}.`)))
  const url = await Promise.race([listening, failed])
  failed.catch(() => {})
  return {
    pid: Number(child.pid),
    url,
    async stop() {
      const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs)
      child.kill('SIGTERM')
      const [code, signal] = await ended
      clearTimeout(timer)
      if (code !== 0) console.error(`Process ${child.pid} ended with ${code ?? signal}.`)
      return code === 0
    }
  }
}
