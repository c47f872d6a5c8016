/** Projects that use the package as it is built, made in the system's temporary folder. */

import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEachFile } from './after-each-file.js'

export const root = fileURLToPath(new URL('../..', import.meta.url))

const folders: string[] = []

afterEachFile(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

export function requireBuild(): void {
  if (existsSync(join(root, 'dist/index.js'))) return
  throw new Error('dist/ is missing: these tests use the built package. Run npm run build first; npm test does.')
}

/** An empty folder that goes after the file's tests. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keystile-project-'))
  folders.push(folder)
  return folder
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

/** Installs packages of this project's node_modules: the name that the project uses, the name that they have here. */
function link(folder: string, packages: Readonly<Record<string, string>>): void {
  for (const [name, source] of Object.entries(packages)) {
    const target = join(folder, 'node_modules', name)
    mkdirSync(dirname(target), { recursive: true })
    symlinkSync(join(root, 'node_modules', source), target, 'dir')
  }
}

/**
 * A project with Express 5 that uses this tree as `npm link` would have it, its command included.
 * @param beside further packages of this project's that it uses
 */
export function linkedProject(beside: readonly string[] = []): string {
  requireBuild()
  const folder = freshFolder()
  const used = ['express', '@types/express', '@types/node', ...beside]
  link(folder, Object.fromEntries(used.map((name) => [name, name])))
  symlinkSync(root, join(folder, 'node_modules/keystile'), 'dir')
  mkdirSync(join(folder, 'node_modules/.bin'))
  symlinkSync(join(root, 'dist/cli/main.js'), join(folder, 'node_modules/.bin/keystile'))
  writeFiles(folder, { 'package.json': JSON.stringify({ type: 'module' }) })
  return folder
}

/** A project for the compiler alone: a copy of the package's types, which find their `express` in this project. */
export function typesProject(expressTypes: string, beside: readonly string[] = []): string {
  requireBuild()
  const folder = freshFolder()
  link(folder, {
    '@types/express': expressTypes,
    '@types/node': '@types/node',
    ...Object.fromEntries(beside.map((name) => [name, name]))
  })
  copyPackage(folder, (path) => !path.includes('generated'))
  return folder
}

/** A project with a copy of the package, and of all that it uses these packages alone. */
export function projectWith(packages: readonly string[]): string {
  requireBuild()
  const folder = freshFolder()
  link(folder, Object.fromEntries(packages.map((name) => [name, name])))
  copyPackage(folder, () => true)
  cpSync(join(root, 'prisma'), join(folder, 'node_modules/keystile/prisma'), { recursive: true })
  return folder
}

/** Not a link: what the package imports would be found from where the link leads. */
function copyPackage(folder: string, filter: (path: string) => boolean): void {
  const copy = join(folder, 'node_modules/keystile')
  cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true, filter })
  cpSync(join(root, 'package.json'), join(copy, 'package.json'))
  writeFiles(folder, { 'package.json': JSON.stringify({ type: 'module' }) })
}

export const compilers = [
  { compiler: 'TypeScript 7', folder: 'typescript' },
  { compiler: 'TypeScript 5.9', folder: 'typescript5' }
] as const

export type CompilerFolder = (typeof compilers)[number]['folder']

const strict = {
  target: 'es2023',
  lib: ['es2023'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  noEmit: true
}

/** Compiles a project's own files in the strictest mode; returns what the compiler had to say, nothing where all is well. */
export function compile(folder: string, compiler: CompilerFolder, options: object = {}): Promise<string> {
  const config = { compilerOptions: { ...strict, ...options }, exclude: ['node_modules'] }
  writeFiles(folder, { 'tsconfig.json': JSON.stringify(config) })
  const tsc = join(root, 'node_modules', compiler, 'bin/tsc')
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { cwd: folder }, (error, stdout, stderr) => {
      if (error && stdout === '') reject(new Error(`the compiler did not run: ${stderr}`, { cause: error }))
      else resolve(stdout.trim())
    })
  })
}

/** The version that a compiler's folder really holds. */
export function compilerVersion(compiler: CompilerFolder): string {
  const text = readFileSync(join(root, 'node_modules', compiler, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
