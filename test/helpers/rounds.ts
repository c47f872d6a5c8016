/** The suite has two forms (vitest.config.ts): `npm test` is the short one, `test:long` and `test:faults` do everything in full. */
import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    long: boolean
  }
}

export const isLong = inject('long')

/** How often to try something in the form that runs. */
export function rounds(short: number, long: number): number {
  return isLong ? long : short
}

/** What was measured, for whoever runs the form that holds to it. */
export function measured(figures: Readonly<Record<string, unknown>>): void {
  if (isLong)
    console.log(
      JSON.stringify(figures, (_, value) => (typeof value === 'number' ? Math.round(value * 10) / 10 : value))
    )
}
