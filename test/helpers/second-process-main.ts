/** Runs in the other process: see second-process.ts. Its argument is the url of a database. */
import { createApiKeys } from '../../src/index.js'

const keys = createApiKeys({ url: process.argv[2] ?? '' })
const methods = keys as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>

interface Call {
  readonly id: number
  readonly method: string
  readonly args: readonly unknown[]
}

process.on('message', async ({ id, method, args }: Call) => {
  try {
    process.send?.({ id, outcome: { ok: true, value: await methods[method]?.(...args) } })
  } catch (error) {
    const { code = 'no code', message } = error as { code?: string; message: string }
    process.send?.({ id, outcome: { ok: false, code, message } })
  }
})
process.on('disconnect', () => void keys.close())
