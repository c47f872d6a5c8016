import { ApiKeyError, unavailable } from '../errors.js'
import type { Provider } from '../sql-names.js'

/** What a driver said, dug out of Prisma's error: its own code (SQLSTATE, SQLite's number) and the adapter's word for it. */
interface DriverCause {
  readonly kind?: string
  readonly code?: string
}

function driverCause(error: unknown): DriverCause {
  const { meta, cause } = error as { meta?: { driverAdapterError?: { cause?: object } }; cause?: object }
  const found = (meta?.driverAdapterError?.cause ?? cause) as
    | { kind?: string; originalCode?: string; code?: string; extendedCode?: number }
    | undefined
  // libsql's own errors, which pass through Prisma as they are, have the number here.
  const { rawCode } = error as { rawCode?: number }
  const code = found?.originalCode ?? found?.code ?? found?.extendedCode ?? rawCode
  return { ...(found?.kind && { kind: found.kind }), ...(code !== undefined && { code: String(code) }) }
}

const prismaCode = (error: unknown): string | undefined => (error as { code?: string }).code

/** SQLite's primary result code, without the extension in its upper bits. */
const sqliteCode = (code: string | undefined): number => (code && /^\d{1,4}$/.test(code) ? Number(code) & 0xff : -1)

/** A value in a row that Prisma can't turn into its type: the database answered, one row is bad. */
export function isDamagedRow(error: unknown): boolean {
  // P2023: inconsistent column data. The plain ones come from BigInt('many') and from integers past 2^53.
  return prismaCode(error) === 'P2023' || error instanceof SyntaxError || error instanceof RangeError
}

/** A raw statement that the database or the adapter can't carry out on the rows and tables that it met there. */
export function isRefusedStatement(error: unknown, provider: Provider): boolean {
  const { code = '' } = driverCause(error)
  // 42: what it names is not there, or of another type. 22: a value is none.
  return (
    isDamagedRow(error) ||
    (provider === 'sqlite' ? sqliteCode(code) === 1 || code === 'SQLITE_ERROR' : /^(42|22)/.test(code))
  )
}

/** Another connection has SQLite's write lock. */
export function isBusy(error: unknown): boolean {
  const { code } = driverCause(error)
  const number = sqliteCode(code)
  // better-sqlite3 gives the name where libsql gives the number.
  return number === 5 || number === 6 || /^SQLITE_(BUSY|LOCKED)/.test(code ?? '')
}

/** PostgreSQL ended one of two transactions that waited for each other; run again, it goes through. */
export function isDeadlock(error: unknown): boolean {
  const { code, kind } = driverCause(error)
  return prismaCode(error) === 'P2034' || kind === 'TransactionWriteConflict' || code === '40P01' || code === '40001'
}

/** A transaction that Prisma gave no connection in its two seconds, since others had them: nothing was begun. */
export function isCrowdedOut(error: unknown): boolean {
  return prismaCode(error) === 'P2028' && /Unable to start a transaction/.test((error as Error).message)
}

/** A value that the type of its column can't have, such as text that is no UUID. */
export function isWrongValue(error: unknown): boolean {
  const { code, kind } = driverCause(error)
  return (
    prismaCode(error) === 'P2023' || prismaCode(error) === 'P2007' || code === '22P02' || kind === 'InvalidInputValue'
  )
}

export const isUniqueViolation = (error: unknown): boolean => prismaCode(error) === 'P2002'
export const isMissingOwner = (error: unknown): boolean => prismaCode(error) === 'P2003'

/** What SQLite's COMMIT fails with comes through Prisma by this name alone. A quota or a file's size limit is an IOERR. */
const unwritable = /^SQLITE_(FULL|IOERR_(WRITE|FSYNC|TRUNCATE|SHMSIZE))$/

/** An error of Prisma or a driver in our words. Their messages quote source code and values: they go no further. */
export function explain(error: unknown, provider: Provider): ApiKeyError {
  if (error instanceof ApiKeyError) return error
  if ((error as Error).name === 'PrismaClientValidationError') {
    return new ApiKeyError(
      'invalid_argument',
      'A value does not have the type of its field in the model: is an id a string where the model has a number?'
    )
  }
  const { code, kind } = driverCause(error)
  if (kind === 'InvalidInputValue') {
    return new ApiKeyError('invalid_argument', 'A value is none that its column in the database can have.')
  }
  const sqlite = provider === 'sqlite' ? sqliteCode(code) : -1
  if (sqlite === 8 || code === '25006') return notWritable('The database is read-only; keystile has to write to it.')
  if (sqlite === 13 || code === '53100') return notWritable('The disk of the database is full; nothing was changed.')
  if (unwritable.test(prismaCode(error) ?? '')) {
    return notWritable("The file of the database can't be written: the disk may be full. Nothing was changed.")
  }
  if (sqlite === 5 || sqlite === 6) {
    return notWritable(
      'Another process has held the write lock of the SQLite database for too long; nothing was changed. Try again.'
    )
  }
  // SQLite has one number for this and for any mistake in a statement, and Prisma no code of its own.
  const lacksTable = sqlite === 1 && /no such table: /.test((error as Error).message)
  if (lacksTable || prismaCode(error) === 'P2021' || kind === 'TableDoesNotExist') {
    return new ApiKeyError(
      'not_migrated',
      'The database lacks a table of keystile. Run: npx keystile migrate; with a Prisma client of your own: npx prisma migrate deploy'
    )
  }
  if (prismaCode(error) === 'P2022' || kind === 'ColumnNotFound') {
    return new ApiKeyError('incompatible_database', "A table of the database lacks a column of keystile's model.")
  }
  const detail = kind ?? prismaCode(error) ?? code
  return unavailable(`The database could not be asked${detail ? ` (${detail})` : ''}.`)
}

/** Runs a read whose errors are told in our words. */
export async function explained<T>(provider: Provider, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw explain(error, provider)
  }
}

function notWritable(message: string): ApiKeyError {
  return new ApiKeyError('not_writable', message, { headers: { 'Retry-After': '1' } })
}
