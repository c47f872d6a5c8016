import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { Failure, misuse } from '../failure.js'
import { findPrisma, type PrismaPackage } from './prisma-package.js'
import { type Block, parseSchema } from './schema.js'

export interface SchemaFile {
  /** As people call it, from where the command runs. */
  readonly name: string
  readonly path: string
  readonly text: string
}

/** A project's Prisma schema as it stands. */
export interface Project {
  readonly folder: string
  readonly prisma: PrismaPackage
  /** The file, or the folder of files. */
  readonly schemaPath: string
  readonly isFolder: boolean
  readonly files: readonly SchemaFile[]
  /** In order of the files; `file` is the name of one. */
  readonly blocks: readonly Block[]
  readonly migrationsFolder: string
}

/**
 * Finds the schema as Prisma 7 does: what was asked for, else what its config says, else the usual places.
 * @throws Failure
 */
export async function openProject(folder: string, wanted: string | undefined): Promise<Project> {
  const prisma = findPrisma(folder)
  const config = await prisma.readConfig()
  const schemaPath = findSchema(folder, wanted, config)
  const isFolder = statSync(schemaPath).isDirectory()
  const paths = isFolder ? schemaFilesIn(schemaPath) : [schemaPath]
  const files = paths.map((path) => ({ name: relative(folder, path), path, text: readFileSync(path, 'utf8') }))
  return {
    folder,
    prisma,
    schemaPath,
    isFolder,
    files,
    blocks: files.flatMap(({ name, text }) => parseSchema(name, text)),
    migrationsFolder: config.migrations ?? join(isFolder ? schemaPath : dirname(schemaPath), 'migrations')
  }
}

function findSchema(
  folder: string,
  wanted: string | undefined,
  config: { readonly file: string | undefined; readonly schema?: string | undefined }
): string {
  if (wanted !== undefined) {
    if (!existsSync(wanted)) throw misuse(`--schema: there is no ${resolve(folder, wanted)}.`)
    return resolve(folder, wanted)
  }
  if (config.schema !== undefined) {
    if (existsSync(config.schema)) return config.schema
    throw new Failure(
      'misconfigured',
      `The Prisma config (${config.file}) names a schema that is not there: ${config.schema}`
    )
  }
  const usual = ['schema.prisma', 'prisma/schema.prisma']
    .map((name) => join(folder, name))
    .find((path) => existsSync(path))
  if (usual !== undefined) return usual
  throw new Failure(
    'misconfigured',
    `There is no Prisma schema here (schema.prisma, prisma/schema.prisma). ${wayOut(folder)}`
  )
}

/** Prisma 6 read the place from package.json, and 7 no longer does. */
function wayOut(folder: string): string {
  const file = join(folder, 'package.json')
  const { prisma } = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}) as {
    prisma?: { schema?: string }
  }
  return prisma?.schema === undefined
    ? 'Name it: --schema <path>, or schema in prisma.config.ts. A new project begins with: npx prisma init'
    : `Prisma 7 does not read package.json's prisma.schema (${prisma.schema}): put it into prisma.config.ts.`
}

function schemaFilesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const paths = entries
    .map((name) => join(folder, name))
    .filter((path) => path.endsWith('.prisma') && statSync(path).isFile())
  if (paths.length > 0) return paths
  throw new Failure('misconfigured', `The schema folder ${folder} has no *.prisma files.`)
}

/** What the commands that come next need to find the same schema. */
export function schemaArgument(wanted: string | undefined): string {
  if (wanted === undefined) return ''
  return ` --schema ${/^[\w./\\:@-]+$/.test(wanted) ? wanted : JSON.stringify(wanted)}`
}

/** What is written has to go into the file itself, not over a link to it. */
export const realPath = (path: string): string => (existsSync(path) ? realpathSync(path) : path)
