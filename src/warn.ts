import { publish, type WarningCode } from './events.js'

const warned = new Set<string>()

/** Tells an operator: by an event, and, once for each message, by a process warning, for those who listen to no channel yet. */
export function warn(code: WarningCode, message: string): void {
  publish('keystile:warning', () => ({ code, message }))
  if (warned.has(message)) return
  warned.add(message)
  process.emitWarning(message, { type: 'KeystileWarning' })
}
