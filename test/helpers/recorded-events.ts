/** What keystile publishes on node:diagnostics_channel while one test runs. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { KeystileEvents } from 'keystile'
import { onTestFinished } from 'vitest'

type Name = keyof KeystileEvents

const names = Object.keys({
  'keystile:authenticated': 1,
  'keystile:denied': 1,
  'keystile:created': 1,
  'keystile:updated': 1,
  'keystile:rotated': 1,
  'keystile:revoked': 1,
  'keystile:deleted': 1,
  'keystile:imported': 1,
  'keystile:damaged': 1,
  'keystile:usage-flush-failed': 1,
  'keystile:feed': 1,
  'keystile:warning': 1
} satisfies Record<Name, 1>)

export interface RecordedEvent {
  readonly name: string
  readonly payload: unknown
}

/** The list grows as events come. */
export function recordEvents(): RecordedEvent[] {
  const events: RecordedEvent[] = []
  const listener = (payload: unknown, name: string | symbol) => events.push({ name: String(name), payload })
  for (const name of names) subscribe(name, listener)
  onTestFinished(() => {
    for (const name of names) unsubscribe(name, listener)
  })
  return events
}
