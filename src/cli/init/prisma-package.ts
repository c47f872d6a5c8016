import { execFile } from 'node:child_process'
import { Console } from 'node:console'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { messageOf } from '../../errors.js'
import { Failure } from '../failure.js'

/** What keystile reads of a Prisma config; paths are absolute. */
export interface PrismaConfig {
  /** Where it was found; undefined where there is none. */
  readonly file: string | undefined
  readonly schema?: string | undefined
  readonly migrations?: string | undefined
}

/** The project's own Prisma: its version decides what is valid, and what its config means. */
export interface PrismaPackage {
  readConfig(): Promise<PrismaConfig>
  /** What its `validate` has against a schema (a file or a folder); undefined where it is valid. */
  faultOf(schema: string): Promise<string | undefined>
}

interface Loaded {
  readonly resolvedPath?: string | null
  readonly error?: { readonly _tag: string; readonly error?: Error }
  readonly config?: { readonly schema?: string; readonly migrations?: { readonly path?: string } }
}

/** @throws Failure `misconfigured` where the project has no Prisma 7 */
export function findPrisma(project: string): PrismaPackage {
  const packageFile = resolved(join(project, 'package.json'), 'prisma/package.json')
  if (packageFile === undefined) {
    throw new Failure('misconfigured', `This folder has no Prisma: ${project}. Install it: npm i -D prisma@7`)
  }
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { readonly version: string }
  if (!version.startsWith('7.')) {
    throw new Failure(
      'misconfigured',
      `This project has Prisma ${version}; keystile works with Prisma 7: prisma@7 @prisma/client@7.`
    )
  }
  return {
    readConfig: () => readConfig(project, packageFile),
    faultOf: (schema) => faultOf(project, join(dirname(packageFile), 'build/index.js'), schema)
  }
}

function resolved(from: string, name: string): string | undefined {
  try {
    return createRequire(from).resolve(name)
  } catch {
    return undefined
  }
}

async function readConfig(project: string, packageFile: string): Promise<PrismaConfig> {
  // A dependency of Prisma's: where packages are kept apart, the project itself does not see it.
  const entry = resolved(packageFile, '@prisma/config')
  if (entry === undefined)
    throw new Failure('misconfigured', 'Prisma is not whole: it lacks @prisma/config. Install again.')
  // What the config or dotenv logs would mix with the result on stdout.
  globalThis.console = new Console(process.stderr)
  const { loadConfigFromFile } = (await import(pathToFileURL(entry).href)) as {
    loadConfigFromFile(input: { configRoot: string }): Promise<Loaded>
  }
  const { resolvedPath, error, config } = await loadConfigFromFile({ configRoot: project })
  if (error) {
    const why = error.error ? messageOf(error.error) : error._tag
    throw new Failure('misconfigured', `The Prisma config (${resolvedPath ?? project}) could not be loaded: ${why}`)
  }
  return { file: resolvedPath ?? undefined, schema: config?.schema, migrations: config?.migrations?.path }
}

async function faultOf(project: string, cli: string, schema: string): Promise<string | undefined> {
  const env = {
    ...process.env,
    // Validating needs no schema engine, yet the CLI fetches it unless one is named.
    PRISMA_SCHEMA_ENGINE_BINARY: process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ?? process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
    NO_COLOR: '1'
  }
  if (!existsSync(cli)) throw new Failure('misconfigured', `Prisma is not whole: there is no ${cli}. Install again.`)
  const args = [cli, 'validate', `--schema=${schema}`]
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: project, env }, (error, _stdout, stderr) => {
      resolve(error ? told(stderr || error.message) : undefined)
    })
  })
}

/** What is wrong and where, without colours and the lines of the schema that it quotes; three things at most. */
function told(stderr: string): string {
  const text = stripVTControlCharacters(stderr)
  const faults = [...text.matchAll(/^error: (.*)(?:\n\s*--> +(\S+:\d+))?/gm)]
  if (faults.length === 0) return text.trim()
  return faults
    .slice(0, 3)
    .map(
      ([, what = '', where]) => `${what.replace('Error validating: ', '')}${where === undefined ? '' : ` (${where})`}`
    )
    .join(' ')
}
