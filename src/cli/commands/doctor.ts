import { type Command, InvalidArgumentError, Option } from 'commander'
import { internalsOf } from '../../create-api-keys.js'
import type { Check } from '../../doctor/check.js'
import { examine } from '../../doctor/index.js'
import type { Patient } from '../../doctor/patient.js'
import { parseDuration } from '../../duration.js'
import { appFile } from '../app-file.js'
import { Failure } from '../failure.js'
import { findKeys } from '../find-keys.js'
import { findingsText, summaryOf } from '../findings.js'
import type { Session } from '../session.js'

interface DoctorOptions {
  readonly app?: string
  readonly unused: number
  readonly strict?: true
}

export function addDoctor(program: Command, session: Session): void {
  program
    .command('doctor')
    .description('check the database, the change feed, the versions and the keys, and say what to do')
    .addOption(new Option('--app <file>', 'a file that exports the Express app, to look at its trust proxy'))
    .addOption(
      new Option('--unused <duration>', 'name keys that were not used for so long')
        .argParser(parseUnused)
        .default(90 * dayMs, '90d')
    )
    .addOption(new Option('--strict', 'fail on warnings too'))
    .addHelpText('after', examples)
    .action(async ({ app, unused, strict }: DoctorOptions) => {
      const toLoad = app === undefined ? undefined : appFile(app)
      const found = await subjectOf(session.configFile)
      const checks = await examine({ ...found, folder: process.cwd(), app: toLoad, unusedMs: unused })
      const { warn, fail } = summaryOf(checks)
      const bad = fail + (strict ? warn : 0)
      await session.out.result(documentOf(checks, bad === 0), () => findingsText(checks))
      if (bad > 0)
        throw new Failure(
          'checks_failed',
          `${bad === 1 ? '1 check' : `${bad} checks`} ${strict ? 'failed or warned' : 'failed'}.`
        )
    })
}

const dayMs = 86_400_000

function parseUnused(text: string): number {
  const ms = parseDuration(text)
  if (!ms) throw new InvalidArgumentError('Give a duration such as 90d or 52w.')
  return ms
}

const documentOf = (checks: readonly Check[], ok: boolean) => ({ ok, summary: summaryOf(checks), checks })

/** The keys' settings; those that can't be read are a finding, unless the command line is what is wrong. */
async function subjectOf(configFile: string | undefined): Promise<Pick<Patient, 'config' | 'problem' | 'shown'>> {
  try {
    const { keys, database } = await findKeys(configFile, { onlyLook: true })
    return { config: internalsOf(keys).config, problem: undefined, shown: database }
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode === 2) throw error
    return { config: undefined, problem: error.message, shown: '' }
  }
}

const examples = `
Nothing is changed, made or migrated: to try the change feed, notes are sent that say nothing of keys.
What each check looks at, and the document of --json: docs/doctor.md in the repository.

Exit codes: 0 all is well, or there are warnings; 1 a check failed, or with --strict warned; 2 the command line is wrong.

Examples:
  $ keystile doctor
  $ keystile doctor --app ./src/app.ts --strict
  $ keystile doctor --unused 180d --json | jq -r '.checks[] | select(.status != "ok") | .message'`
