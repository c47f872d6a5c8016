/** `prisma migrate` on one database: its own engine, with the package's migrations and whatever comes after them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { schemaFor } from '../../scripts/prisma.js'
import { engineFor, type Provider } from '../../scripts/schema-engine.js'

export interface Migration {
  readonly name: string
  readonly sql: string
}

export const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '../..')

const filters = { externalTables: [], externalEnums: [] }

function fileOf(provider: Provider, name: string): string {
  return readFileSync(join(projectRoot, 'prisma', provider, 'migrations', name), 'utf8')
}

/** The migrations as the package has them, oldest first. */
export function packagedMigrations(provider: Provider): Migration[] {
  const folder = join(projectRoot, 'prisma', provider, 'migrations')
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'migration.sql')))
  return names.sort().map((name) => ({ name, sql: fileOf(provider, `${name}/migration.sql`) }))
}

export function prismaMigrate(provider: Provider, url: string, migrations = packagedMigrations(provider)) {
  const schema = schemaFor(provider)
  const files = [{ path: 'schema.prisma', content: schema }]
  const migrationsList = {
    baseDir: join(projectRoot, 'prisma', provider, 'migrations'),
    lockfile: { path: 'migration_lock.toml', content: fileOf(provider, 'migration_lock.toml') },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } }
    }))
  }

  async function asked<T>(question: (engine: Awaited<ReturnType<typeof engineFor>>) => Promise<T>): Promise<T> {
    const engine = await engineFor(provider, schema, url)
    try {
      return await question(engine)
    } finally {
      engine.free()
    }
  }

  return {
    diagnose: () =>
      asked((engine) => engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters })),
    /** What `prisma migrate dev` would do first: reset the database, or go on. */
    devAction: () => asked(async (engine) => (await engine.devDiagnostic({ migrationsList, filters })).action),
    apply: () =>
      asked(async (engine) => (await engine.applyMigrations({ migrationsList, filters })).appliedMigrationNames),
    /**
     * The SQL from an empty database, or from the tables as they are, to the models; 2 is the exit code of a difference.
     * Tables as they are: SQLite only, the adapter of PostgreSQL can't read some columns of its catalog.
     */
    diff: (from: 'empty' | 'tables') =>
      asked(async (engine) => {
        const { stdout, exitCode } = await engine.diff({
          from: from === 'empty' ? { tag: 'empty' } : { tag: 'schemaDatasource', files, configDir: projectRoot },
          to: { tag: 'schemaDatamodel', files },
          script: true,
          exitCode: true,
          filters
        })
        return { exitCode, sql: stdout ?? '' }
      })
  }
}
