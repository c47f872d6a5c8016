/** The command line of the bench. */
import { parseArgs } from 'node:util'
import { type Choice, type LoadName, loadNames, loads, type TargetName, targetNames } from './plan.js'

export interface Options extends Choice {
  /** Whether docs/ gets the tables and the charts of this run. */
  readonly write: boolean
}

/** What is wrong with the command line, for the person who typed it. */
export class OptionsError extends Error {}

export const help = `npm run bench -- [options]

Measures keystile beside what people use instead, each in a process of its own, in rounds that take turns.
Without options, in about ten minutes: all targets on the load "main"; bare, limit and keystile on the others, keystile alone
on "flood" and "memory". What the columns mean is in docs/benchmarks.md.

  --quick           about a minute: six targets on the load "main", three short rounds
  --all             all targets on all loads; takes more than an hour
  --only NAMES      these targets alone, separated by commas
  --loads NAMES     these loads alone, separated by commas
  --rounds N        rounds of each load, 1 to 100 (default 3, and on "main" one more of bare, limit and
                    keystile, which lie close together; 5 cold starts)
  --seconds N       of load, for each target in each round, 0.5 to 60 (default 1; 2 on "keys-100000"
                    and "flood"). keystile writes once a second, so whole seconds are fair
  --write           put the tables into docs/benchmarks.md and a short one into README.md, and make
                    docs/bench-light.svg and docs/bench-dark.svg; for whole runs: not with --quick, --only or --loads
  --help            show this

Targets: ${targetNames.join(', ')}

Loads:
${loadNames.map((name) => `  ${name.padEnd(18)}${loads[name].title}`).join('\n')}

Every round of every target goes to bench/results/latest.json.
`

const flags = {
  quick: { type: 'boolean' },
  all: { type: 'boolean' },
  only: { type: 'string' },
  loads: { type: 'string' },
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  write: { type: 'boolean' },
  help: { type: 'boolean' }
} as const

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true, allowPositionals: false }).values
  } catch (error) {
    const said = error instanceof Error ? error.message.split('. ')[0] : String(error)
    const there = Object.keys(flags).map((name) => `--${name}`)
    throw new OptionsError(`${said}. The options are ${there.join(', ')}.`)
  }
}

function namesOf<Name extends string>(option: string, given: string, there: readonly Name[]): readonly Name[] {
  const names = given.split(',').map((name) => name.trim())
  const unknown = names.filter((name) => !there.some((known) => known === name))
  if (unknown.length > 0) {
    const shown = unknown.map((name) => `"${name}"`).join(', ')
    throw new OptionsError(`--${option} has no ${shown}. There are: ${there.join(', ')}.`)
  }
  return there.filter((known) => names.includes(known))
}

function numberOf(option: string, given: string, least: number, most: number, whole: boolean): number {
  const value = given.trim() === '' ? Number.NaN : Number(given)
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value
  const form = whole ? 'a whole number' : 'a number'
  throw new OptionsError(`--${option} is ${form} from ${least} to ${most}, not "${given}".`)
}

/**
 * @param args what follows the command
 * @returns `help` where that is asked for
 * @throws {OptionsError} for what is not there, saying what there is
 */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const { quick, all, only, loads: chosen, rounds, seconds, write, help: asked } = parse(args)
  if (asked) return 'help'
  if (quick && all) throw new OptionsError('--quick and --all are opposites: give one of them.')
  if (write && (quick || only !== undefined || chosen !== undefined)) {
    throw new OptionsError('--write is for whole runs: give it without --quick, --only and --loads.')
  }
  if (write && (Number(rounds ?? 3) < 3 || !(Number(seconds ?? 2) >= 2))) {
    throw new OptionsError('--write is for figures that last: give it three rounds or more, of two seconds or more.')
  }
  return {
    mode: quick ? 'quick' : all ? 'all' : 'default',
    write: write ?? false,
    ...(only !== undefined && { only: namesOf<TargetName>('only', only, targetNames) }),
    ...(chosen !== undefined && { loads: namesOf<LoadName>('loads', chosen, loadNames) }),
    ...(rounds !== undefined && { rounds: numberOf('rounds', rounds, 1, 100, true) }),
    ...(seconds !== undefined && { seconds: numberOf('seconds', seconds, 0.5, 60, false) })
  }
}
