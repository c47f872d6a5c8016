import { type Command, Option } from 'commander'
import { watchedByKeys } from '../init/configured-tables.js'
import { runTriggers, type TriggersReport, type TriggersRequest } from '../init/run-triggers.js'
import { wordsOf } from '../options.js'
import type { Session } from '../session.js'
import { schemaOption } from './init.js'

export function addTriggers(program: Command, session: Session): void {
  program
    .command('triggers')
    .description("print the SQL of the change feed's triggers, for a migration of this project")
    .addOption(
      new Option('--append [migration]', 'put it into the newest migration, or into this one, before it is applied')
    )
    .addOption(
      new Option(
        '--owner-columns <fields>',
        'fields of the owner that the app selects (default: id, email, name, isActive)'
      ).argParser(wordsOf)
    )
    .addOption(schemaOption())
    .addHelpText('after', examples)
    .action(async (request: TriggersRequest) => {
      const report = await runTriggers(process.cwd(), request, () => session.askConfiguredKeys(watchedByKeys))
      await session.out.result(report, () => textOf(report))
    })
}

function textOf({ sql, migration, appended, next }: TriggersReport): string {
  if (migration === null) return sql
  if (!appended) return `Nothing to do: ${migration} has the triggers.\n`
  return `Put the triggers into ${migration}. Next:\n${next.map((command) => `  ${command}\n`).join('')}`
}

const examples = `
The triggers tell every process of changed keys, in the transaction of the change. What the options ownerSelect, isOwnerActive
and effectiveScopes of createApiKeys read of an owner has to be among --owner-columns. A SQLite migration that makes one of the
tables anew drops its triggers: append them to that one, too.

Where there is a keystile.config.ts whose keys have your own Prisma client, its triggers are theirs: the option models has the names
of your fields, and the owner's columns are those that the keys read. Without one, the names in the schema are keystile's.

Examples:
  $ keystile triggers
  $ keystile triggers --append
  $ keystile triggers --append --owner-columns id,email,role,plan
  $ keystile triggers --append 20270131120000_keystile_triggers`
