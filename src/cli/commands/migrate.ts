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
        const applied = await migrateDatabase(keys)
        await session.out.result({ applied }, () =>
          applied.length === 0 ? 'The database is up to date.\n' : applied.map((name) => `Applied ${name}\n`).join('')
        )
      })
    )
}

const examples = `
An embedded SQLite file is migrated at its first use; a PostgreSQL database only by this command.

Examples:
  $ keystile migrate
  $ DATABASE_URL=postgresql://app@db.internal:5432/app keystile migrate`
