/** A real Redis for a file's tests, where the machine has one. */
import { execFileSync, spawn } from 'node:child_process'
import type { RedisReply } from 'rate-limit-redis'
import { createClient } from 'redis'
import { afterEachFile } from './after-each-file.js'
import { freePort } from './programs.js'
import { until } from './until.js'

export const hasRedis = (() => {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    console.warn('SKIPPED: there is no redis-server; on Debian: apt-get install redis-server')
    return false
  }
})()

const closers: (() => Promise<unknown>)[] = []

afterEachFile(async () => {
  for (const close of closers.splice(0)) await close()
})

export interface RedisConnection {
  sendCommand(command: readonly string[]): Promise<RedisReply>
}

export interface Redis {
  /** A connection of its own, as each process has one. */
  connect(): Promise<RedisConnection>
  stop(): Promise<void>
}

export async function startRedis(): Promise<Redis> {
  const port = await freePort()
  const server = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    {
      stdio: 'ignore'
    }
  )
  const ended = new Promise((resolve) => server.once('exit', resolve))
  const stop = async () => {
    server.kill('SIGKILL')
    await ended
  }
  closers.push(stop)
  const open = async () => {
    const client = createClient({ url: `redis://127.0.0.1:${port}`, disableOfflineQueue: true })
    client.on('error', () => {})
    await client.connect()
    closers.unshift(async () => client.destroy())
    return client
  }
  await until(async () => (await open()).ping().then(() => true))
  const connect = async () => {
    const client = await open()
    return { sendCommand: (command: readonly string[]) => client.sendCommand(command) as Promise<RedisReply> }
  }
  return { connect, stop }
}
