/** What a run says in one breath, for the README: its chart is a picture, which not all can see. */
import type { TargetName } from '../plan.js'
import { shown } from './columns.js'
import { figuresOf, timesKeystile } from './figures.js'
import type { Results } from './measured.js'

const own: readonly TargetName[] = ['limit', 'keystile-sqlite', 'keystile-postgresql']
const others: readonly TargetName[] = [
  'prisma-sqlite',
  'prisma-postgresql',
  'better-auth-postgresql',
  'better-auth-postgresql-fastest'
]

/** What was measured on the load "main" of the best known targets; of one that had no round, nothing. */
export function sentenceOf({ date, loads, targets }: Results): string {
  const rounds = loads.find(({ load }) => load.name === 'main')?.rounds ?? []
  const list = (names: readonly TargetName[], figure: (name: TargetName) => string) =>
    names.flatMap((name) => (figure(name) === '' ? [] : `${figure(name)} (${targets[name]?.title ?? name})`)).join(', ')
  const added = list(own, (name) => {
    const micros = shown(figuresOf(rounds, name).added)
    return micros === '' ? '' : `${micros} µs`
  })
  const times = list(others, (name) => {
    const multiple = timesKeystile(rounds, name, targets[name]?.database ?? 'none')
    return multiple === undefined ? '' : `${Math.round(multiple)} ×`
  })
  return `On ${date.slice(0, 10)} a request took ${shown(figuresOf(rounds, 'bare').cpu)} µs of CPU without authentication. That added ${added}; in multiples of keystile on the same database, ${times}.`
}
