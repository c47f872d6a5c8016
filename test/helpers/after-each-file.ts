/**
 * What is cleaned up after each test file. Helpers are loaded once a worker (vitest.config.ts: isolate), so an afterAll of
 * theirs would belong to the first file that loads them, and to no other.
 */
const hooks: (() => unknown)[] = []

export function afterEachFile(hook: () => unknown): void {
  hooks.unshift(hook)
}

export async function cleanUp(): Promise<void> {
  for (const hook of hooks) await hook()
}
