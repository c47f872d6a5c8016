/** A process of its own that holds the write lock of an SQLite file until it is told to let go. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterwards } from './key-ring.js'

const program = `
import { createClient } from '@libsql/client'
const client = createClient({ url: process.argv[1], timeout: 5000 })
const lock = await client.transaction('write')
process.once('message', async () => {
  await lock.commit()
  process.exit()
})
process.send('locked')
`

export async function holdWriteLock(url: string): Promise<{ release(): Promise<void> }> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, url], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  const ended = once(child, 'exit')
  afterwards(async () => {
    child.kill('SIGKILL')
    await ended
  })
  await Promise.race([
    once(child, 'message'),
    ended.then(() => {
      throw new Error('The process ended before it had the lock.')
    })
  ])
  return {
    async release() {
      child.send('release')
      await ended
    }
  }
}
