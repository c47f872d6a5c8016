import type { Command } from 'commander'
import { migrateDatabase } from '../../migrate.js'
import type { Session } from '../session.js'

export function addMigrate(program: Command, session: Session): void {
  program
    .command('migrate')
    .description('bring the database up to date')
    .addHelpText('after', examples)
    .action(() =>
      session.withKeys(async (keys) => {
        const { applied, mended } = await migrateDatabase(keys)
        const done = [...applied.map((name) => `Applied ${name}\n`), ...mended.map((fault) => `Put right: ${fault}\n`)]
        await session.out.result({ applied, mended }, () =>
          done.length === 0 ? 'The database is up to date.\n' : done.join('')
        )
      })
    )
}

const examples = `
An embedded SQLite file is migrated at its first use; a PostgreSQL database only by this command.

Examples:
  $ keystile migrate
  $ DATABASE_URL=postgresql://app@db.internal:5432/app keystile migrate`
