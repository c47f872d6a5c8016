/** What the environment says. */
export interface Settings {
  readonly port: number
  /** How long SIGTERM leaves load balancers to notice that this process stops. */
  readonly drainMs: number
}

/** @throws TypeError on a value that is not understood */
export function readSettings({ PORT = '3000', DRAIN_MS = '5000' }: NodeJS.ProcessEnv): Settings {
  return { port: whole('PORT', PORT, 65_535), drainMs: whole('DRAIN_MS', DRAIN_MS, 600_000) }
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text)
  if (!/^\d{1,6}$/.test(text) || value > most) throw new TypeError(`${name} must be a number from 0 to ${most}.`)
  return value
}
