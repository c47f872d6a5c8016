/** Runs `keystile doctor --json`, whatever its exit code. */
import { expect } from 'vitest'
import { keystile, type Place } from './run-keystile.js'

export interface CheckDocument {
  readonly id: string
  readonly status: 'ok' | 'warn' | 'fail' | 'skipped'
  readonly message: string
  readonly remedy: string | null
  readonly details: Readonly<Record<string, unknown>>
}

export interface DoctorRun {
  readonly code: number | null
  readonly ok: boolean
  readonly summary: Readonly<Record<string, number>>
  /** All that was printed. */
  readonly text: string
  /** By id, in the order of the document. */
  readonly checks: ReadonlyMap<string, CheckDocument>
  check(id: string): CheckDocument
  /** The ids of the checks that have this status. */
  ids(status: CheckDocument['status']): string[]
}

export async function doctor(place: Place, args: readonly string[] = []): Promise<DoctorRun> {
  const { code, stdout, stderr } = await keystile(place, ['doctor', ...args, '--json'])
  if (stdout === '') throw new Error(`exit code ${code}: ${stderr}`)
  const { checks: list, ...rest } = JSON.parse(stdout) as Pick<DoctorRun, 'ok' | 'summary'> & {
    readonly checks: readonly CheckDocument[]
  }
  // What the document says, the exit code says.
  const counted = Object.fromEntries(
    ['ok', 'warn', 'fail', 'skipped'].map((status) => [status, list.filter((check) => check.status === status).length])
  )
  expect(rest.summary).toEqual(counted)
  expect(rest.ok).toBe(code === 0)
  const checks = new Map(list.map((check) => [check.id, check]))
  return {
    ...rest,
    code,
    text: stdout + stderr,
    checks,
    check(id) {
      const found = checks.get(id)
      if (!found) throw new Error(`no check ${id}`)
      return found
    },
    ids: (status) => list.filter((check) => check.status === status).map(({ id }) => id)
  }
}
