import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { dirname } from 'node:path'
import { messageOf } from '../../errors.js'
import { Failure } from '../failure.js'
import { realPath } from './project.js'

export interface FileChange {
  readonly path: string
  /** What it has to be now; undefined where it must not be there. */
  readonly before: string | undefined
  readonly after: string
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Writes all of them or none, and makes their folders: what was written is put back where a later one fails.
 * @throws Failure `conflict` where one was changed in the meantime, `output_failed` where one can't be written; it names what could
 *   not be put back
 */
export function writeAll(changes: readonly FileChange[]): void {
  const caught: NodeJS.Signals[] = []
  const hold = (signal: NodeJS.Signals) => caught.push(signal)
  // Nothing here waits, so that a signal that is held acts between two files at no time, and right after the last.
  for (const signal of signals) process.on(signal, hold)
  const release = () => {
    for (const signal of signals) process.off(signal, hold)
    if (caught[0]) process.kill(process.pid, caught[0])
  }
  const done: Step[] = []
  try {
    for (const change of changes) requireUnchanged(change)
    for (const change of changes) write(change, done)
  } catch (error) {
    const left = undo(done)
    if (error instanceof Failure) throw error
    const outcome =
      left.length === 0
        ? 'Nothing was changed: a file could not be written.'
        : `A file could not be written, and these could not be put back, so see to them yourself: ${left.join(', ')}.`
    throw new Failure('output_failed', `${outcome} ${messageOf(error)}`)
  } finally {
    // Node hears of a signal in its next round: two of its turns are at least one whole round.
    setImmediate(() => setImmediate(release))
  }
}

/** Something that was done, and how it is undone. */
interface Step {
  readonly path: string
  undo(): void
}

function write({ path, before, after }: FileChange, done: Step[]): void {
  for (const folder of missingFolders(dirname(path))) {
    mkdirSync(folder)
    done.push({ path: folder, undo: () => rmdirSync(folder) })
  }
  replace(path, after)
  done.push({ path, undo: () => (before === undefined ? rmSync(path) : replace(path, before)) })
}

/** Of a folder and those that it is in, the ones that are not there; the outermost first. */
function missingFolders(folder: string): string[] {
  return existsSync(folder) ? [] : [...missingFolders(dirname(folder)), folder]
}

/** The last first. @returns what could not be undone */
function undo(done: readonly Step[]): string[] {
  return [...done].reverse().flatMap(({ path, undo }) => {
    try {
      undo()
      return []
    } catch {
      return [path]
    }
  })
}

function requireUnchanged({ path, before }: FileChange): void {
  const now = existsSync(path) ? readFileSync(path, 'utf8') : undefined
  if (now !== before)
    throw new Failure('conflict', `${path} was changed by somebody else just now. Nothing was written; run this again.`)
}

/** By a rename, so that nobody ever reads half a file. */
function replace(path: string, text: string): void {
  const target = realPath(path)
  const mode = existsSync(target) ? statSync(target).mode : undefined
  const passing = `${target}.${randomBytes(4).toString('hex')}.tmp`
  try {
    writeFileSync(passing, text, { flag: 'wx' })
    // Not as it is made, which the umask would narrow.
    if (mode !== undefined) chmodSync(passing, mode)
    renameSync(passing, target)
  } catch (error) {
    rmSync(passing, { force: true })
    throw error
  }
}
