/**
 * Makes dist/ from nothing: Prisma clients, then TypeScript, then the clients again, with what they need of Prisma, and the
 * files of the page, which browsers take as they are.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleClients } from './bundle-clients.js'
import { generate } from './prisma.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
rmSync(join(root, 'dist'), { recursive: true, force: true })
await generate()
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit'
})
// No declaration leads there: users see none of these clients.
rmSync(join(root, 'dist/generated'), { recursive: true })
await bundleClients(root)
cpSync(join(root, 'src/page/assets'), join(root, 'dist/page/assets'), {
  recursive: true,
  filter: (path) => statSync(path).isDirectory() || /\.(css|js)$/.test(path)
})
chmodSync(join(root, 'dist/cli/main.js'), 0o755)
