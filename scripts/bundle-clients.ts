/**
 * Puts into dist/ what of @prisma/client the two generated clients need: their run time once, and for each database its
 * query compiler, which is loaded with the first client of that kind. So users need not install 72 MB for 7. And Prisma's
 * adapter for SQLite, without the clients for libsql's servers that it would load too.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { build, type Plugin } from 'esbuild'

const providers = ['sqlite', 'postgresql'] as const

/**
 * The query compiler as a file of its own: a third smaller than the base64 in a module as which Prisma ships it, and no
 * engine has to parse it as a text. The generated code gives what it imports to Buffer.from(), which takes bytes too.
 */
function compilersAsFiles(folder: string): Plugin {
  return {
    name: 'compilers-as-files',
    setup({ onLoad }) {
      onLoad({ filter: /\.wasm-base64\.mjs$/ }, async ({ path }) => {
        const { wasm } = (await import(path)) as { readonly wasm: string }
        const name = basename(path).replace('.wasm-base64.mjs', '.wasm')
        writeFileSync(join(folder, name), Buffer.from(wasm, 'base64'))
        const contents = `import { readFileSync } from 'node:fs'
          export const wasm = readFileSync(new URL('../${name}', import.meta.url))`
        return { contents }
      })
    }
  }
}

/** Apache-2.0, section 4: the licence goes with the code, and what was changed is said. MIT: the licence goes with it too. */
function writeNotice(root: string, folder: string): void {
  const require = createRequire(join(root, 'package.json'))
  const client = require.resolve('@prisma/client/package.json')
  const { version } = JSON.parse(readFileSync(client, 'utf8')) as { version: string }
  copyFileSync(join(dirname(client), 'LICENSE'), join(folder, 'LICENSE-prisma'))
  copyFileSync(join(root, 'node_modules/async-mutex/LICENSE'), join(folder, 'LICENSE-async-mutex'))
  writeFileSync(
    join(folder, 'NOTICE.md'),
    `This folder holds code of Prisma (https://github.com/prisma/prisma): clients that its generator made, and parts of
@prisma/client ${version} and @prisma/client-runtime-utils ${version}, joined to fewer files by esbuild and otherwise unchanged;
the query compilers were decoded from base64. ../database/libsql-adapter.js is @prisma/adapter-libsql ${version} with parts of
@prisma/driver-adapter-utils and @prisma/debug of that version, joined likewise. All that is under the Apache License 2.0, see
LICENSE-prisma. The adapter has async-mutex in it, under the MIT License, see LICENSE-async-mutex. Notices of further authors
stand in the files.
`
  )
}

/** @param root this project's folder; the clients have been generated */
export async function bundleClients(root: string): Promise<void> {
  const folder = join(root, 'dist/generated')
  mkdirSync(folder, { recursive: true })
  await build({
    absWorkingDir: root,
    entryPoints: [
      ...providers.map((provider) => `src/generated/${provider}/client.ts`),
      'src/database/libsql-adapter.ts'
    ],
    outdir: 'dist',
    outbase: 'src',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    legalComments: 'inline',
    chunkNames: 'generated/shared/[name]-[hash]',
    logLevel: 'warning',
    alias: {
      // To Node, Prisma gives its CommonJS, whose require() of Node's own modules has no meaning in a bundle.
      '@prisma/client/runtime/client': '@prisma/client/runtime/client.mjs',
      // Of the adapter's own client nothing is used: keystile hands it one, see src/database/libsql.ts.
      '@libsql/client': '@libsql/client/sqlite3'
    },
    external: ['@libsql/client/sqlite3'],
    plugins: [compilersAsFiles(folder)]
  })
  writeNotice(root, folder)
}
