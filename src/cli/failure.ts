import { CommanderError } from 'commander'
import { ApiKeyError, messageOf } from '../errors.js'

/** Why a command ended without having done what it was asked: the message is for people, the code for programs. */
export class Failure extends Error {
  constructor(
    readonly code: string,
    message: string
  ) {
    super(message)
  }

  get exitCode(): 1 | 2 {
    return this.code === 'invalid_argument' ? 2 : 1
  }
}

/** Nobody reads stdout any more: the command ends early, and nothing went wrong. */
export class ClosedOutput extends Error {}

/** The command line itself is wrong. */
export function misuse(message: string): Failure {
  return new Failure('invalid_argument', message)
}

/** Any error as a failure; undefined where it is none: Commander ends so after printing help, too. */
export function asFailure(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error
  if (error instanceof ClosedOutput) return undefined
  if (error instanceof ApiKeyError) return new Failure(error.code, error.message)
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return undefined
    return misuse(error.code === 'commander.help' ? noCommand : error.message.replace(/^error: /, ''))
  }
  return new Failure('unexpected', messageOf(error))
}

const noCommand = 'No command was given. See: keystile --help'
