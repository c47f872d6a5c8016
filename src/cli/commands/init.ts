import { type Command, Option } from 'commander'
import { type InitReport, type InitRequest, runInit } from '../init/run-init.js'
import type { Session } from '../session.js'

export function addInit(program: Command, session: Session): void {
  program
    .command('init')
    .description("add keystile's models to the Prisma schema of this project")
    .addOption(new Option('--owner-model <model>', 'whose keys they are (default: User)'))
    .addOption(new Option('--no-relation', 'keys refer to no model: their owners are ids of yours'))
    .addOption(
      new Option('--owner-id-type <type>', 'with --no-relation: what those ids are (default: String)').choices([
        'String',
        'Uuid',
        'Int',
        'BigInt'
      ])
    )
    .addOption(
      new Option(
        '--key-model <model>',
        'what the models and tables are called by, where ApiKey is taken (default: ApiKey)'
      )
    )
    .addOption(schemaOption())
    .addOption(new Option('--dry-run', 'change nothing, and print the diff'))
    .addHelpText('after', examples)
    .action(async (request: InitRequest) => {
      const report = await runInit(process.cwd(), request)
      await session.out.result(request.dryRun ? { dryRun: true, ...report } : report, () =>
        request.dryRun ? report.diff || 'Nothing to do.\n' : textOf(report)
      )
    })
}

export const schemaOption = () =>
  new Option('--schema <path>', "the schema's file or folder (default: as Prisma's config says)")

function textOf({ changed, addedModels, owner, next, code }: InitReport): string {
  const done =
    changed.length === 0
      ? ["Nothing to do: the schema has keystile's models."]
      : [
          ...changed.map((name) => `Changed ${name}`),
          ...(addedModels.length > 0 ? [`Added ${addedModels.join(', ')}`] : [])
        ]
  return [
    ...done,
    ...(owner ? [`Owners of keys: ${owner.model}`] : ['Owners of keys: ids of yours, without a relation']),
    '',
    'Next:',
    ...next.map((command) => `  ${command}`),
    '  and write keystile.config.ts, by which every other command finds your keys (below)',
    '',
    'In your app, with your own PrismaClient as prisma:',
    `  const keys = ${code}`,
    '  app.use(apiKeyAuth({ keys }))',
    '',
    'In keystile.config.ts, from wherever your keys are exported:',
    "  import { keys } from './src/keys.js'",
    '  export default keys',
    ''
  ].join('\n')
}

const examples = `
It adds models, and one line to the owner's model; nothing else of your files changes. Your own Prisma validates the result before
anything is written. Running it twice changes nothing.

Examples:
  $ keystile init
  $ keystile init --owner-model Account --dry-run
  $ keystile init --key-model ApiToken
  $ keystile init --no-relation --owner-id-type Uuid`
