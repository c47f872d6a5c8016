import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { addCreate } from './commands/create.js'
import { addDelete } from './commands/delete.js'
import { addDoctor } from './commands/doctor.js'
import { addEject } from './commands/eject.js'
import { addEvents } from './commands/events.js'
import { addImport } from './commands/import.js'
import { addInit } from './commands/init.js'
import { addList } from './commands/list.js'
import { addMigrate } from './commands/migrate.js'
import { addPrune } from './commands/prune.js'
import { addRevoke } from './commands/revoke.js'
import { addRotate } from './commands/rotate.js'
import { addShow } from './commands/show.js'
import { addTriggers } from './commands/triggers.js'
import { addUpdate } from './commands/update.js'
import { addUsage } from './commands/usage.js'
import type { Output } from './output.js'
import { Session } from './session.js'

const commands = [
  addInit,
  addTriggers,
  addEject,
  addMigrate,
  addCreate,
  addList,
  addShow,
  addUsage,
  addEvents,
  addUpdate,
  addRotate,
  addRevoke,
  addDelete,
  addImport,
  addPrune,
  addDoctor
]

const examples = `
The keys are in the database of keystile.config.ts (or .mts, .js, .mjs: its default export is what createApiKeys()
returned), else of DATABASE_URL (the environment's, else that of .env), else in ./keystile.db, which is not made in a folder
with a Prisma schema.

Examples:
  $ keystile create --owner ada@example.com --name laptop --scopes "reports:read" --expires 90d
  $ KEY=$(keystile create --owner ada@example.com --name ci)
  $ keystile list --owner ada@example.com
  $ keystile list --expiring 14d
  $ keystile rotate 0c0f2a1e-5d3b-4a39-9a44-6d2f3f0f9b1e --grace 24h
  $ keystile revoke --token-stdin --reason "found in a log" < leaked.txt

Exit codes: 0 done, 1 failed, 2 the command line is wrong.`

/** The whole command line; it throws where Commander would end the process. */
export function buildProgram(out: Output): Command {
  const program = new Command('keystile')
    .description('Makes, lists, rotates and revokes API keys.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .option('--json', 'print one JSON document on stdout; an error is one on stderr')
    .option('--config <file>', 'a config file, instead of the keystile.config.* of this folder')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      outputError: () => {},
      writeErr: (text) => {
        if (!out.json) process.stderr.write(text)
      }
    })
    .exitOverride()
    .addHelpText('after', examples)
  const session = new Session(program, out)
  for (const add of commands) add(program, session)
  return program
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}
