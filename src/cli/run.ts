import { debuglog } from 'node:util'
import { asFailure } from './failure.js'
import { Output } from './output.js'
import { buildProgram } from './program.js'
import { refuseTokens } from './refuse-tokens.js'

/**
 * Runs one command line.
 * @returns the exit code: 0, 1 where the command failed, 2 where the command line was wrong
 */
export async function run(args: readonly string[]): Promise<number> {
  const out = new Output(wantsJson(args))
  try {
    refuseTokens(args)
    await buildProgram(out).parseAsync(args, { from: 'user' })
    await out.release()
    return 0
  } catch (error) {
    const failure = asFailure(error)
    if (!failure) return 0
    if (failure.code === 'unexpected') debuglog('keystile')('%o', error)
    await out.fail(failure)
    return failure.exitCode
  }
}

/** Also where the command line can't be parsed, the error has to have the form that was asked for. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end === -1 ? undefined : end).includes('--json')
}
