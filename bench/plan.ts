/** Which targets meet which loads, for how long. */

/** Names of the files in targets/. */
export const targetNames = [
  'bare',
  'limit',
  'keystile-sqlite',
  'keystile-postgresql',
  'keystile-sqlite-uncached',
  'keystile-postgresql-uncached',
  'prisma-sqlite',
  'prisma-postgresql',
  'prisma-sqlite-unawaited',
  'prisma-postgresql-unawaited',
  'bcrypt-postgresql',
  'better-auth-postgresql',
  'better-auth-postgresql-limited',
  'better-auth-postgresql-fastest',
  'passport-postgresql',
  'pg'
] as const

export type TargetName = (typeof targetNames)[number]

export const loadNames = [
  'main',
  'keys-1',
  'keys-100000',
  'rows-1000000',
  'connections-200',
  'one-key',
  'flood',
  'cold-start',
  'memory'
] as const

export type LoadName = (typeof loadNames)[number]

/** What meets a target. */
export interface Load {
  readonly name: LoadName
  readonly title: string
  /** Keys that are used, one at random for each request. */
  readonly hotKeys: number
  /** Keys that exist as tokens: the target's table has them, and made-up ones up to `rows`. */
  readonly tokens: number
  readonly rows: number
  readonly connections: number
  /** The part of the requests that carries unknown well-formed tokens, all different. */
  readonly unknownPart: number
  /** `rounds` of load, or something that is measured in its own way. */
  readonly kind: 'rounds' | 'cold-start' | 'memory'
}

const main: Load = {
  name: 'main',
  title: '1,000 hot keys, 1,000 rows, 50 connections',
  hotKeys: 1_000,
  tokens: 1_000,
  rows: 1_000,
  connections: 50,
  unknownPart: 0,
  kind: 'rounds'
}

const withKeys = (count: number) => ({ hotKeys: count, tokens: count, rows: count })

export const loads: Readonly<Record<LoadName, Load>> = {
  main,
  'keys-1': { ...main, name: 'keys-1', title: 'one hot key, 50 connections', hotKeys: 1 },
  'keys-100000': {
    ...main,
    ...withKeys(100_000),
    name: 'keys-100000',
    title: '100,000 hot keys at random, 50 connections'
  },
  'rows-1000000': { ...main, name: 'rows-1000000', title: '1,000 hot keys of 1,000,000 rows', rows: 1_000_000 },
  'connections-200': { ...main, name: 'connections-200', title: '1,000 hot keys, 200 connections', connections: 200 },
  'one-key': { ...main, name: 'one-key', title: 'one hot key, 200 connections', hotKeys: 1, connections: 200 },
  flood: {
    ...main,
    name: 'flood',
    title: 'half of the requests carry unknown well-formed keys, all different',
    unknownPart: 0.5
  },
  'cold-start': { ...main, name: 'cold-start', title: 'from spawn to the first answer', kind: 'cold-start' },
  memory: { ...main, ...withKeys(50_000), name: 'memory', title: 'memory per cached key, 50,000 keys', kind: 'memory' }
}

export type Mode = 'default' | 'quick' | 'all'

export interface Choice {
  readonly mode: Mode
  readonly only?: readonly TargetName[]
  readonly loads?: readonly LoadName[]
  readonly rounds?: number
  readonly seconds?: number
}

export interface PlannedLoad {
  readonly load: Load
  readonly targets: readonly TargetName[]
  readonly rounds: number
  /** More rounds, of those targets alone that lie close together. */
  readonly closeRounds: number
  /** Of load, for each target in each round. */
  readonly seconds: number
  /** Of load before all rounds, and how often at most: it ends where a request costs no less than the time before. */
  readonly warmSeconds: number
  readonly warmSteps: number
}

/** Idle since its last turn, a server is not as it is in use: pools have let connections go. */
const leadSeconds = 0.5
/**
 * A cached keystile that rested trusts its cache again after its feed's next proof, half a second later on PostgreSQL. Less than
 * a second: what it counts from the first request on is written a second later, once in a round of a second.
 */
const leadFromRestSeconds = 0.8

/** How long it gets the same load before each turn, right before what is measured. */
export const leadSecondsOf = (target: TargetName): number => (isCached(target) ? leadFromRestSeconds : leadSeconds)

const few: readonly TargetName[] = ['bare', 'limit', 'keystile-sqlite', 'keystile-postgresql']
const uncached: readonly TargetName[] = ['keystile-sqlite-uncached', 'keystile-postgresql-uncached']
const quick: readonly TargetName[] = [...few, 'prisma-postgresql', 'better-auth-postgresql']

export const isKeystile = (target: TargetName): boolean => target.startsWith('keystile-')

/** Remembers keys, so that it is warm only when it has met each of them. */
export const isCached = (target: TargetName): boolean => isKeystile(target) && !uncached.includes(target)

/** A few microseconds lie between them, and more rounds show them. */
export const isClose = (target: TargetName): boolean => few.includes(target)

function usualTargets({ name }: Load, mode: Mode): readonly TargetName[] {
  if (mode === 'all') return targetNames
  if (mode === 'quick') return quick
  if (name === 'main') return targetNames
  if (name === 'flood') return few.filter(isKeystile)
  return name === 'rows-1000000' ? [...few, ...uncached] : few
}

/** Why a target does not meet a load, even if asked to. */
export function whyNot(target: TargetName, load: Load): string | undefined {
  return load.kind === 'memory' && !isCached(target) ? 'it remembers no keys' : undefined
}

/** Whole seconds: keystile writes once a second, so half a second more would cost it a whole write more. */
function usualLength({ name, kind }: Load, mode: Mode): Omit<PlannedLoad, 'load' | 'targets'> {
  if (mode === 'quick') return { rounds: 3, closeRounds: 0, seconds: 1, warmSeconds: 1, warmSteps: 1 }
  if (name === 'main') return { rounds: 3, closeRounds: 1, seconds: 1, warmSeconds: 2, warmSteps: 3 }
  const rounds = kind === 'cold-start' ? 5 : 3
  // Garbage of many keys is collected less than once a second, and code that refuses is compiled late.
  const seconds = name === 'keys-100000' || name === 'flood' ? 2 : 1
  return { rounds, closeRounds: 0, seconds, warmSeconds: 1.5, warmSteps: 1 }
}

/** @returns loads in the order in which they run, without those that no target is left for */
export function planOf(choice: Choice): readonly PlannedLoad[] {
  const wanted = choice.loads ?? (choice.mode === 'quick' ? (['main'] as const) : loadNames)
  return loadNames
    .filter((name) => wanted.includes(name))
    .map((name) => {
      const load = loads[name]
      const among = choice.only ?? usualTargets(load, choice.mode)
      const usual = usualLength(load, choice.mode)
      return {
        load,
        targets: targetNames.filter((target) => among.includes(target) && whyNot(target, load) === undefined),
        ...usual,
        ...(choice.rounds !== undefined && { rounds: choice.rounds, closeRounds: 0 }),
        ...(choice.seconds !== undefined && { seconds: choice.seconds })
      }
    })
    .filter(({ targets }) => targets.length > 0)
}
