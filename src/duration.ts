const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** A length of time such as `'30s'`, `'15m'`, `'24h'`, `'90d'` or `'2w'`; 0 is none. */
export type Duration = `${number}${keyof typeof unitMs}` | 0

/** A hundred years: longer is a slip of the finger, and stays inside what every database can store. */
const longestMs = 36_525 * unitMs.d

/** Past the year 9999 the databases' own forms of a time end. */
export const lastTimeMs = Date.UTC(9999, 11, 31)

/**
 * Milliseconds of a duration.
 * @returns undefined where it is not one, so that each caller can name its own argument
 */
export function parseDuration(value: unknown): number | undefined {
  if (value === 0) return 0
  if (typeof value !== 'string') return undefined
  const parts = /^(\d{1,9})([smhdw])$/.exec(value)
  if (!parts) return undefined
  const ms = Number(parts[1]) * unitMs[parts[2] as keyof typeof unitMs]
  return ms <= longestMs ? ms : undefined
}
