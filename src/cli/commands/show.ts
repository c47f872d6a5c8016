import type { Command } from 'commander'
import { Failure } from '../failure.js'
import { recordDetails, recordDocument } from '../record.js'
import type { Session } from '../session.js'

export function addShow(program: Command, session: Session): void {
  program
    .command('show <id>')
    .description('print everything about a key but the key itself')
    .addHelpText('after', examples)
    .action((id: string) =>
      session.withKeys(async (keys) => {
        const record = await keys.get(id)
        if (!record) throw new Failure('not_found', `There is no key with the id ${id}.`)
        await session.out.result(recordDocument(record), () => recordDetails(record))
      })
    )
}

const examples = `
Examples:
  $ keystile show 0c0f2a1e-5d3b-4a39-9a44-6d2f3f0f9b1e
  $ keystile show 0c0f2a1e-5d3b-4a39-9a44-6d2f3f0f9b1e --json`
