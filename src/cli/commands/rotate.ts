import { type Command, Option } from 'commander'
import type { Duration } from '../../duration.js'
import { printNewKey } from '../new-key.js'
import { type Expiry, expiresOption, parseDurationOrZero } from '../options.js'
import type { Session } from '../session.js'

interface RotateOptions {
  readonly grace: Duration
  readonly expires?: Expiry
}

export function addRotate(program: Command, session: Session): void {
  program
    .command('rotate <id>')
    .description('replace a key by a new one and print that, once')
    .addOption(
      new Option('--grace <duration>', 'how long the old key still works (24h); 0 ends it now')
        .argParser(parseDurationOrZero)
        .makeOptionMandatory()
    )
    .addOption(expiresOption())
    .addHelpText('after', examples)
    .action((id: string, { grace, expires }: RotateOptions) =>
      session.withKeys(async (keys) => {
        const created = await keys.rotate(id, { grace, ...expires }, session.author)
        // First of all: nothing that fails after this may keep the key from its owner.
        await printNewKey(session.out, created)
        const old = await keys.get(id)
        const end = old?.expiresAt?.toISOString()
        if (end !== undefined) await session.out.notice(`The old key, id ${id}, works until ${end}.`)
      })
    )
}

const examples = `
stdout is the new key and nothing else. It has the old one's name, scopes and metadata, and lives as long as that
was made to live, unless --expires says otherwise.

Examples:
  $ keystile rotate 0c0f2a1e-5d3b-4a39-9a44-6d2f3f0f9b1e --grace 24h
  $ KEY=$(keystile rotate 0c0f2a1e-5d3b-4a39-9a44-6d2f3f0f9b1e --grace 0 --expires 90d)`
