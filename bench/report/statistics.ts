/** Medians, and ratios that are worked out pair by pair. */
import type { TargetName } from '../plan.js'
import type { Measured, Round } from './measured.js'

/** Undefined of nothing. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = sorted.length >> 1
  const [low, high] = [sorted[middle - 1], sorted[middle]]
  if (high === undefined) return undefined
  return sorted.length % 2 === 1 || low === undefined ? high : (low + high) / 2
}

/** Undefined of nothing. */
export function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The median over the rounds of a figure of this target; undefined where no round has it. */
export function medianOf(
  rounds: readonly Round[],
  target: TargetName,
  figure: (measured: Measured) => number | undefined
): number | undefined {
  return median(rounds.flatMap(({ [target]: measured }) => (measured && figure(measured)) ?? []))
}

/**
 * The median of what this target and another make together, both in the same round: what the machine did to a round, it did
 * to both.
 */
export function medianOfPairs(
  rounds: readonly Round[],
  target: TargetName,
  other: TargetName,
  figure: (measured: Measured, other: Measured) => number
): number | undefined {
  return median(
    rounds.flatMap(({ [target]: one, [other]: two }) => {
      const value = one && two ? figure(one, two) : Number.NaN
      return Number.isFinite(value) ? value : []
    })
  )
}
