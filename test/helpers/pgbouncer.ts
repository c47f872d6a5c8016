/** A real PgBouncer (Debian's package `pgbouncer`) in front of a database. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterwards } from './key-ring.js'
import { freePort } from './programs.js'
import { until } from './until.js'

export const hasPgBouncer = spawnSync('pgbouncer', ['--version']).status === 0

if (!hasPgBouncer) {
  console.warn('SKIPPED: the tests with PgBouncer, which is not installed here (apt-get install pgbouncer).')
}

/** It refuses to run as root. */
const nobody = 65_534

const isListening = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

/** @returns the url of the same database, through the pooler */
export async function pooled(url: string, mode: 'session' | 'transaction'): Promise<string> {
  const { hostname, port, username, password, pathname } = new URL(url)
  const folder = await mkdtemp(join(tmpdir(), 'keystile-pgbouncer-'))
  await chmod(folder, 0o755)
  const own = await freePort()
  const file = join(folder, 'pgbouncer.ini')
  const server = `host=${hostname} port=${port} user=${username} password=${decodeURIComponent(password)}`
  await writeFile(
    file,
    `[databases]\n* = ${server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${own}\nunix_socket_dir =\n` +
      `auth_type = any\npool_mode = ${mode}\nmax_client_conn = 100\ndefault_pool_size = 10\n` +
      'ignore_startup_parameters = extra_float_digits,application_name\n'
  )
  const user = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}
  const child = spawn('pgbouncer', ['-q', file], { stdio: 'ignore', ...user })
  const exited = once(child, 'exit')
  afterwards(async () => {
    child.kill('SIGKILL')
    await exited
    await rm(folder, { recursive: true, force: true })
  })
  await until(() => isListening(own))
  return `postgresql://${username}:${password}@127.0.0.1:${own}${pathname}`
}
