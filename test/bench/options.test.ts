/** The command line of the bench, and what it plans. */
import { describe, expect, test } from 'vitest'
import { help, type Options, OptionsError, parseOptions } from '../../bench/options.js'
import { isClose, leadSecondsOf, loadNames, planOf, type TargetName, targetNames } from '../../bench/plan.js'

const parsed = (line: string) => parseOptions(line.split(' ').filter((word) => word !== ''))

/** What runs: `main: bare limit`. */
function planned(line: string): string[] {
  return planOf(parsed(line) as Options).map(({ load, targets }) => `${load.name}: ${targets.join(' ')}`)
}

describe('options', () => {
  test('nothing given is the default run, which writes no docs', () => {
    expect(parsed('')).toEqual({ mode: 'default', write: false })
  })

  test('names and numbers are taken, with an equals sign too', () => {
    expect(parsed('--all --only limit,bare --loads=flood --rounds 7 --seconds 0.5')).toEqual({
      mode: 'all',
      write: false,
      only: ['bare', 'limit'],
      loads: ['flood'],
      rounds: 7,
      seconds: 0.5
    })
  })

  test('--help has every option, target and load, whatever else is given', () => {
    expect(parsed('--quick --help')).toBe('help')
    const names = ['--quick', '--all', '--only', '--loads', '--rounds', '--seconds', '--write', '--help']
    for (const name of [...names, ...targetNames, ...loadNames]) expect(help).toContain(name)
  })

  test.each([
    ['--fast', /'--fast'.* The options are --quick, --all, .*--help\.$/],
    ['quick', /'quick'.* The options are --quick/],
    ['--only', /--only.* The options are/],
    ['--quick=1', /--quick.* The options are/],
    ['--only bare,keystile', /^--only has no "keystile"\. There are: bare, limit, keystile-sqlite, .*pg\.$/],
    ['--only=', /^--only has no ""/],
    ['--loads flod', /^--loads has no "flod"\. There are: main, .*memory\.$/],
    ['--rounds 0', /^--rounds is a whole number from 1 to 100, not "0"\.$/],
    ['--rounds 2.5', /whole number/],
    ['--rounds=', /not ""/],
    ['--rounds many', /not "many"/],
    ['--seconds 61', /^--seconds is a number from 0\.5 to 60, not "61"\.$/],
    ['--seconds NaN', /not "NaN"/],
    ['--quick --all', /opposites/],
    ['--write --quick', /whole runs/],
    ['--write --only bare', /whole runs/],
    ['--write --loads main', /whole runs/],
    ['--write --rounds 2', /three rounds or more/],
    ['--write --seconds 1', /of two seconds or more/]
  ])('%s is refused, and what there is is said', (line, message) => {
    expect(() => parsed(line)).toThrow(message)
    expect(() => parsed(line)).toThrow(OptionsError)
  })
})

describe('plan', () => {
  test('by default all targets meet the main load, and few the others', () => {
    const [main, ...others] = planned('')
    expect(main).toBe(`main: ${targetNames.join(' ')}`)
    const few = 'bare limit keystile-sqlite keystile-postgresql'
    expect(others).toEqual([
      `keys-1: ${few}`,
      `keys-100000: ${few}`,
      `rows-1000000: ${few} keystile-sqlite-uncached keystile-postgresql-uncached`,
      `connections-200: ${few}`,
      `one-key: ${few}`,
      'flood: keystile-sqlite keystile-postgresql',
      `cold-start: ${few}`,
      'memory: keystile-sqlite keystile-postgresql'
    ])
  })

  test('a quick run is six targets on the main load', () => {
    expect(planned('--quick')).toEqual([
      'main: bare limit keystile-sqlite keystile-postgresql prisma-postgresql better-auth-postgresql'
    ])
  })

  test('everything is every target on every load, but memory of what remembers nothing', () => {
    const all = targetNames.join(' ')
    expect(planned('--all')).toEqual([
      ...loadNames.filter((name) => name !== 'memory').map((name) => `${name}: ${all}`),
      'memory: keystile-sqlite keystile-postgresql'
    ])
  })

  test('chosen targets meet each chosen load, in the order of the table', () => {
    expect(planned('--only pg,bare --loads flood,main')).toEqual(['main: bare pg', 'flood: bare pg'])
  })

  test('a load without a target is left out', () => {
    expect(planned('--only pg --loads memory')).toEqual([])
  })

  test('rounds and seconds hold for each load', () => {
    const plan = planOf(parsed('--rounds 9 --seconds 4') as Options)
    expect(new Set(plan.map(({ rounds, seconds }) => `${rounds} x ${seconds}`))).toEqual(new Set(['9 x 4']))
  })

  test('targets that lie close together have more rounds of the main load, unless a number of rounds is given', () => {
    const roundsOf = (line: string) =>
      planOf(parsed(line) as Options).map(
        ({ load, rounds, closeRounds }) => `${load.name}: ${rounds} and ${closeRounds}`
      )
    expect(roundsOf('--loads main,one-key')).toEqual(['main: 3 and 1', 'one-key: 3 and 0'])
    expect(roundsOf('--loads main --rounds 5')).toEqual(['main: 5 and 0'])
    expect(targetNames.filter(isClose)).toEqual(['bare', 'limit', 'keystile-sqlite', 'keystile-postgresql'])
  })

  test('a default run has at most eight minutes of load, a quick one a minute', () => {
    const minutes = (line: string) =>
      planOf(parsed(line) as Options)
        .filter(({ load }) => load.kind === 'rounds')
        .map(({ load, targets, rounds, closeRounds, seconds, warmSeconds, warmSteps }) => {
          const turn = (target: TargetName) => seconds + leadSecondsOf(target)
          const all = (of: readonly TargetName[]) => of.reduce((sum, target) => sum + turn(target), 0)
          const turns = rounds * all(targets) + closeRounds * all(targets.filter(isClose))
          return warmSteps * warmSeconds * targets.length + turns * (load.unknownPart > 0 ? 2 : 1)
        })
        .reduce((sum, seconds) => sum + seconds / 60, 0)
    expect(minutes('')).toBeLessThan(8)
    expect(minutes('--quick')).toBeLessThan(1)
  })
})
