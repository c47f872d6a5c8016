/** `npm run bench`: sets itself up, measures, and tells. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { help, type Options, OptionsError, parseOptions } from './options.js'
import { bench } from './prepare/places.js'
import type { Results } from './report/measured.js'
import { writeDocs } from './report/page.js'
import { killChildren } from './run/child.js'
import { measureAll } from './run/measure-all.js'

function save(results: Results): void {
  mkdirSync(join(bench, 'results'), { recursive: true })
  writeFileSync(join(bench, 'results/latest.json'), `${JSON.stringify(results, null, 1)}\n`)
  console.log('\nAll rounds: bench/results/latest.json. What the columns mean: docs/benchmarks.md')
}

function options(): Options {
  const parsed = parseOptions(process.argv.slice(2))
  if (parsed !== 'help') return parsed
  process.stdout.write(help)
  process.exit()
}

process.once('exit', killChildren)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))

try {
  const asked = options()
  const results = await measureAll(asked)
  save(results)
  if (asked.write) {
    writeDocs(results)
    console.log(
      'The tables: docs/benchmarks.md. The short form: README.md. The charts: docs/bench-light.svg, docs/bench-dark.svg'
    )
  }
  process.exit()
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`\n${error instanceof OptionsError ? message : `The bench has failed. ${message}`}\n`)
  process.exit(error instanceof OptionsError ? 2 : 1)
}
