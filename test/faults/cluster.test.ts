/** `npm run example:cluster` shows what is promised, says so where it is not kept, and leaves nothing behind. */
import { chmodSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Answer, isKept, summary } from '../../example-app/cluster/watch.js'
import { freshFolder, requireBuild, root } from '../helpers/built-package.js'
import { get, startExample } from '../helpers/example-app.js'
import type { Running } from '../helpers/programs.js'
import { isLong } from '../helpers/rounds.js'
import { until } from '../helpers/until.js'

requireBuild()

const answers = (...given: readonly (readonly [at: number, status: number])[]): Answer[] =>
  given.map(([at, status]) => ({ at, status }))

describe('what was seen of a process', () => {
  test('is its last accept and its first refusal after the commit', () => {
    const seen = summary(answers([90, 200], [110, 200], [115, 401], [165, 401]), 100)
    expect(seen).toEqual({ lastAcceptMs: 10, firstRefusalMs: 15, asked: 4, longestGapMs: 50, others: [] })
  })

  test.each([
    [
      'refused at once',
      [
        [90, 200],
        [105, 401]
      ],
      true
    ],
    [
      'refused at the last moment',
      [
        [90, 200],
        [3_100, 200],
        [3_101, 401]
      ],
      true
    ],
    [
      'refused too late',
      [
        [90, 200],
        [3_101, 200],
        [3_102, 401]
      ],
      false
    ],
    [
      'let in again after its refusal',
      [
        [90, 200],
        [105, 401],
        [3_200, 200],
        [3_201, 401]
      ],
      false
    ],
    [
      'never refused',
      [
        [90, 200],
        [110, 200]
      ],
      false
    ],
    ['never asked again', [[90, 200]], false],
    [
      'not answered',
      [
        [90, 200],
        [105, 503],
        [110, 401]
      ],
      false
    ]
  ] as const)('%s', (_, given, kept) => {
    expect(isKept(summary(answers(...given), 100), 3_000)).toBe(kept)
  })
})

test('npm runs what is tested here, after a build', () => {
  const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { scripts: Record<string, string> }
  expect(scripts['preexample:cluster']).toBe('npm run build')
  expect(scripts['example:cluster']).toBe('node --import ./scripts/run-typescript.mjs example-app/cluster/main.ts')
})

/** Processes and a server, for ten seconds. */
describe.skipIf(!isLong)('the script', { timeout: 120_000 }, () => {
  function startCluster() {
    const folder = freshFolder()
    chmodSync(folder, 0o755) // PostgreSQL runs as a user of its own.
    return { folder, cluster: startExample({ cwd: folder, env: { TMPDIR: folder } }, 'cluster/main.ts') }
  }

  const pidsIn = (stdout: string) => (/^Processes ([\d, ]+) run/m.exec(stdout)?.[1] ?? '').split(', ').map(Number)

  /** Nothing runs, listens, or lies about any more. */
  async function leavesNothing({ folder, cluster }: { folder: string; cluster: Running }): Promise<void> {
    const pids = pidsIn(cluster.stdout())
    expect(pids).toHaveLength(3)
    for (const pid of pids) await until(() => !isRunning(pid))
    const server = /^PostgreSQL listens on port (\d+)/m.exec(cluster.stdout())?.[1]
    await expect(get(`http://127.0.0.1:${server}/`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
    expect(readdirSync(folder).filter((name) => name.startsWith('keystile'))).toEqual([])
  }

  test('sees three processes refuse a key within the bound, and shows no secret', async () => {
    const started = startCluster()
    const { exitCode, stdout, stderr } = await started.cluster.ended
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('rror') })
    const rows = [...stdout.matchAll(/^(\d+) +\d+ .*refused ([\d.]+) ms after the commit +(\d+) times/gm)]
    expect(rows.map(([, pid]) => Number(pid)).sort()).toEqual(pidsIn(stdout).sort())
    expect(Math.max(...rows.map(([, , ms]) => Number(ms)))).toBeLessThan(3_000)
    expect(Math.min(...rows.map(([, , , asked]) => Number(asked)))).toBeGreaterThan(50)
    expect(stdout).toContain('All refused in time. Everything is stopped.')
    expect(stdout + stderr).not.toMatch(/sk_\w{9}|:postgres@/)
    await leavesNothing(started)
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143]
  ] as const)('%s ends it, and all that it started', async (signal, code) => {
    const started = startCluster()
    await started.cluster.printed('/readyz: cache fresh')
    expect(await started.cluster.stop(signal)).toMatchObject({ exitCode: code })
    await leavesNothing(started)
  })
})

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
