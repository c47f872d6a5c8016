import { type Command, Option } from 'commander'
import { defaultUrl, parseDatabaseUrl } from '../../database/url.js'
import { messageOf } from '../../errors.js'
import type { Provider } from '../../sql-names.js'
import { readEnvFile } from '../env-file.js'
import { Failure } from '../failure.js'
import { type EjectReport, runEject } from '../init/run-eject.js'
import type { Session } from '../session.js'

interface EjectOptions {
  readonly provider?: Provider
  readonly to: string
  readonly output: string
}

export function addEject(program: Command, session: Session): void {
  program
    .command('eject')
    .description("copy keystile's schema and migrations into this project, which takes them over")
    .addOption(
      new Option('--provider <database>', 'whose migrations (default: as DATABASE_URL says, else sqlite)').choices([
        'sqlite',
        'postgresql'
      ])
    )
    .addOption(new Option('--to <folder>', 'where they go').default('prisma'))
    .addOption(new Option('--output <path>', 'the client that is generated, from there').default('../generated/prisma'))
    .addHelpText('after', examples)
    .action(async ({ provider = providerHere(), to, output }: EjectOptions) => {
      const report = runEject(process.cwd(), { provider, to, output })
      await session.out.result(report, () => textOf(report))
    })
}

function providerHere(): Provider {
  readEnvFile('.env')
  try {
    return parseDatabaseUrl(process.env['DATABASE_URL'] || defaultUrl, 'DATABASE_URL').provider
  } catch (error) {
    throw new Failure('misconfigured', messageOf(error))
  }
}

function textOf({ files, next, code }: EjectReport): string {
  return [
    ...files.map((name) => `Wrote ${name}`),
    '',
    'Next:',
    ...next.map((command) => `  ${command}`),
    '',
    'In your app, with your own PrismaClient as prisma:',
    `  const keys = ${code}`,
    ''
  ].join('\n')
}

const examples = `
For an app that began with keystile's own database: what is in it stays, its migrations are known as applied, and
"prisma migrate" goes on from there. No file is overwritten. A project with a schema of its own: keystile init.

Examples:
  $ keystile eject
  $ keystile eject --provider postgresql --to packages/db/prisma`
