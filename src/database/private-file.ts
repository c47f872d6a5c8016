import { accessSync, closeSync, constants, existsSync, openSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { ApiKeyError } from '../errors.js'

const { R_OK, W_OK, X_OK } = constants

const reasons: Record<string, string> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is a file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not write to it, or not to its folder, where SQLite keeps two more files',
  EPERM: 'this user may not write to it',
  EROFS: 'its file system is read-only',
  ENOSPC: 'the disk is full'
}

/**
 * Makes an SQLite file where there is none. Only the user who runs the app may read it; SQLite gives -wal and -shm the
 * same mode.
 * @throws ApiKeyError `not_writable` where there can be no database
 */
export function makePrivateFile(path: string): void {
  try {
    // A file that is there is not opened: closing it would give up the locks that this process has on it.
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
    if (statSync(path).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' })
    accessSync(path, R_OK | W_OK)
    accessSync(dirname(realpathSync(path)), W_OK | X_OK)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    throw new ApiKeyError(
      'not_writable',
      `The SQLite database ${path} can't be used: ${reasons[code] ?? `the file can't be opened (${code})`}.`
    )
  }
}
