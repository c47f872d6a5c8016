import type { Command } from 'commander'
import { consent } from '../consent.js'
import { Failure } from '../failure.js'
import { yesOption } from '../options.js'
import { printable } from '../printable.js'
import { recordDocument } from '../record.js'
import type { Session } from '../session.js'

export function addDelete(program: Command, session: Session): void {
  program
    .command('delete <id>')
    .description('remove a key and all that is known of it')
    .addOption(yesOption())
    .addHelpText('after', examples)
    .action(async (id: string, { yes }: { readonly yes?: true }) => {
      const ask = consent(session.out, 'delete', yes)
      await session.withKeys(async (keys) => {
        const record = await keys.get(id)
        if (!record) throw new Failure('not_found', `There is no key with the id ${id}.`)
        const shown = printable(`"${record.name}" (${record.keyPrefix}), id ${String(record.id)}`)
        await ask(`Delete the key ${shown}?`)
        const deleted = await keys.delete(id, session.author)
        await session.out.result(recordDocument(deleted), () => `Deleted the key ${shown}.\n`)
      })
    })
}

const examples = `
To end a key and keep its record, revoke it instead.

Examples:
  $ keystile delete 0c0f2a1e-5d3b-4a39-9a44-6d2f3f0f9b1e
  $ keystile delete 0c0f2a1e-5d3b-4a39-9a44-6d2f3f0f9b1e --yes`
