/** Results of a bench that never ran. */
import { loads } from '../../bench/plan.js'
import type { Measured, Results } from '../../bench/report/measured.js'

const usual: Measured = {
  requests: 1_000,
  perSecond: 500,
  p50Micros: 5_000,
  p99Micros: 20_000,
  unknown: undefined,
  cpuMicros: 100,
  loopMaxMs: 1,
  loopP99Ms: 1,
  rssBytes: 100e6,
  heapBytes: 20e6,
  writesPerSecond: undefined,
  loadBusy: 0.4
}

export const measured = (given: Partial<Measured>): Measured => ({ ...usual, ...given })

export const titles: Results['targets'] = {
  bare: { title: 'no authentication', database: 'none', does: 'nothing' },
  pg: { title: 'pg | in one statement', database: 'postgresql', does: 'one <statement> & "more"', maxTokens: 50 }
}

export const results: Results = {
  date: '2026-11-26T20:00:00.000Z',
  commit: 'abcdef012345',
  command: 'npm run bench -- --write',
  machine: { cpu: 'A <fast> CPU', cores: 2, memoryGb: 8, os: 'Linux 6', node: 'v20.20.2', pinned: true },
  versions: { keystile: '0.1.0', pg: '8.23.1' },
  targets: {
    ...titles,
    'keystile-postgresql': { title: 'keystile, PostgreSQL', database: 'postgresql', does: 'all of it' }
  },
  loads: [
    {
      load: loads.main,
      seconds: 2,
      rounds: [
        {
          bare: measured({}),
          'keystile-postgresql': measured({ cpuMicros: 110 }),
          pg: measured({ cpuMicros: 450 })
        }
      ]
    }
  ]
}
